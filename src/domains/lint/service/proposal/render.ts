// A proposal as the lines of an inspan.yaml: what `inspan check` prints and `inspan init` writes. Pure text.
import { plural } from "../../../../base/text.ts";
import type { Proposal } from "../../types/proposal.ts";
import { houseLayers } from "./layer-names.ts";

/** The keys `domains`, `layers` and `providers`, with what was seen as comments; ends without a newline. */
export function renderProposal(proposal: Proposal): string {
  const seen = proposal.reasons.map((reason) => `# Seen: ${reason.replaceAll(/\s+/g, " ")}.`);
  const domainLine = "# Each folder that matches is a domain; others import it through its door, the index file of the folder.";
  const layerLine = "# Files or folders of a domain, in order: each may import itself and the ones before it.";
  if (proposal.domains.length === 0) return [domainLine, "# domains: src/domains/*", `# layers: [${houseLayers.join(", ")}]`, ...providersLines(proposal)].join("\n");
  const [only = ""] = proposal.domains;
  const path = proposal.domains.length === 1 ? quoted(only) : `[${proposal.domains.map(quoted).join(", ")}]`;
  return [
    ...seen, domainLine,
    proposal.doors.length === 0 ? `domains: ${path}` : `domains: { path: ${path}, doors: [${proposal.doors.map((door) => `{ path: ${JSON.stringify(door)} }`).join(", ")}] }`,
    layerLine, proposal.layers.length === 0 ? `# layers: [${houseLayers.join(", ")}]` : `layers: [${proposal.layers.join(", ")}]`,
    ...providersLines(proposal),
  ].join("\n");
}

function providersLines({ providers }: Proposal): readonly string[] {
  return providers === null ? [] : ["# The one way to what cuts across all domains: telemetry, authentication, flags.", `providers: { path: ${quoted(providers)} }`];
}

/** For a person behind the report of a check without a configuration: the proposal, what it would find, and the next command. */
export function renderProposed(proposal: Proposal): string {
  const { layers, domains, providers } = proposal.findings;
  const count = layers + domains + providers;
  const found =
    count === 0
      ? "Nothing breaks it now."
      : `Against it now: ${[
          ["layers", layers],
          ["domains", domains],
          ["providers", providers],
        ]
          .filter(([, one]) => one !== 0)
          .map(([rule, one]) => `${String(rule)} ${String(one)}`)
          .join(", ")}; \`inspan init\` puts what is there into a baseline.`;
  return [
    "There is no inspan.yaml, so defaults were checked: parsing, cycles, file-size, links and paths of documents. A proposal from what lies here:",
    ["version: 1", renderProposal(proposal)].join("\n").replaceAll(/^/gm, "  "),
    `${proposal.domains.length === 0 ? "" : `${plural(proposal.names.length, "domain")}. ${found} `}${proposal.imported === undefined ? "" : `${plural(proposal.imported.rules, "rule")} of ${proposal.imported.file} would come with it (inspan import-rules). `}Next: inspan init`,
  ].join("\n\n");
}

/** A glob that begins with `*` would be an alias in YAML. */
function quoted(glob: string): string {
  return /^[\w./][\w./*-]*$/.test(glob) ? glob : JSON.stringify(glob);
}
