import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["tests/build.ts"],
    include: ["tests/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
