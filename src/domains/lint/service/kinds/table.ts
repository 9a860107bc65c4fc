// Every kind of rule with its code. The only list of them.
import { apiContract } from "./api-contract.ts";
import { boundary } from "./boundary.ts";
import { buildTime } from "./build-time.ts";
import { coverageMin } from "./coverage-min.ts";
import { deadExports, orphans } from "./dead-code.ts";
import { dependencies } from "./dependencies.ts";
import { duplicates } from "./duplicates.ts";
import { folderCycles } from "./folder-cycles.ts";
import { independence } from "./independence.ts";
import type { KindTable } from "./kind.ts";
import { logging } from "./logging.ts";
import { looseTypes } from "./loose-types.ts";
import { naming } from "./naming.ts";
import { packages } from "./packages.ts";
import { reach } from "./reach.ts";
import { snapshots } from "./snapshots.ts";
import { stack } from "./stack.ts";
import { testsPresent } from "./tests-present.ts";
import { wrapper } from "./wrapper.ts";

export const kinds: KindTable = {
  independence, reach, packages, "folder-cycles": folderCycles, orphans, "dead-exports": deadExports,
  naming, logging, "loose-types": looseTypes, wrapper, stack,
  "tests-present": testsPresent, "coverage-min": coverageMin, snapshots, dependencies, "build-time": buildTime,
  duplicates, boundary, "api-contract": apiContract,
};
