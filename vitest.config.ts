import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["tests/build.ts"],
    include: ["tests/**/*.test.ts"],
    // Vitest would leave a core idle, half of a machine with two; most tests wait for sockets and processes.
    maxWorkers: "100%",
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
