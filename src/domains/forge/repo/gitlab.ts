// GitLab behind the port of a forge. Written with the GitHub one as its measure; see the plan for what is missing.
import { InspanError } from "../../../base/errors.ts";
import type { Secret } from "../../../providers/index.ts";
import type { Forge } from "../types.ts";
import type { BoundedFetch } from "./bounded-fetch.ts";

export function createGitLab(_: { readonly baseUrl: string; readonly repository: string; readonly token: Secret; readonly fetch: BoundedFetch }): Forge {
  throw new InspanError("FORGE_UNKNOWN", "Cannot use gitlab yet: expected github or none.", { kind: "usage", remedy: "forge: { kind: none } in inspan.yaml" });
}
