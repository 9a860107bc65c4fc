// Every kind of rule with its code. The only list of them.
import { apiContract } from "./api-contract.ts";
import { buildTime } from "./build-time.ts";
import { coverageMin } from "./coverage-min.ts";
import { deadExports, orphans } from "./dead-code.ts";
import { dependencies } from "./dependencies.ts";
import { duplicates } from "./duplicates.ts";
import { folderCycles } from "./folder-cycles.ts";
import type { KindTable } from "./kind.ts";
import { fileKinds } from "./run-file.ts";
import { reach } from "./reach.ts";
import { snapshots } from "./snapshots.ts";
import { testsPresent } from "./tests-present.ts";

export const kinds: KindTable = {
  independence: fileKinds.independence, reach, packages: fileKinds.packages, "folder-cycles": folderCycles, orphans, "dead-exports": deadExports,
  naming: fileKinds.naming, logging: fileKinds.logging, "loose-types": fileKinds["loose-types"], wrapper: fileKinds.wrapper, stack: fileKinds.stack,
  "tests-present": testsPresent, "coverage-min": coverageMin, snapshots, dependencies, "build-time": buildTime,
  duplicates, boundary: fileKinds.boundary, "api-contract": apiContract,
};
