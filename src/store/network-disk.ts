/**
 * Is a folder on a network file system? SQLite's WAL needs memory that all processes share and locks that hold; over a
 * network neither is sure, and a file can be damaged without anyone doing wrong.
 */
import { existsSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** By the magic numbers of Linux (statfs(2)). Other systems give other numbers, and no warning. */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x5346414f, "AFS"],
  [0x65735546, "FUSE"],
]);

/** The network file system's name if a store at that path would be on one; the path need not exist yet. */
export function networkDiskOf(path: string): string | undefined {
  let place = resolve(path);
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return networkName(statfsSync(place).type);
}

export function networkName(fileSystemType: number): string | undefined {
  return NETWORK_TYPES.get(fileSystemType >>> 0);
}
