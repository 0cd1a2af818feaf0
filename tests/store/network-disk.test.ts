import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { networkDiskOf, networkName } from "../../src/store/network-disk.ts";

it("names a network file system, also from a number read as signed", () => {
  expect(networkName(0x6969)).toBe("NFS");
  expect(networkName(0xff534d42 | 0)).toBe("CIFS");
  expect(networkName(0xef53)).toBeUndefined();
});

it("looks at the nearest folder that exists", () => {
  expect(networkDiskOf(join(tmpdir(), "not", "there", "mezzo.db"))).toBeUndefined();
});
