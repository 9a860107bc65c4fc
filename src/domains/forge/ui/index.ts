// The forge's key of inspan.yaml. Its pull requests are shown by the pull-request domain.
import type { Contribution } from "../../../providers/index.ts";
import { forgeSection } from "../config.ts";

export const contribution: Contribution = { domain: "forge", operations: [], configSections: [forgeSection] };
