// The table of what each agent can do, for people, rendered from the records that the drivers themselves go by. Pure.
import { assertNever } from "../../../base/assert.ts";
import type { AgentCapabilities } from "../types.ts";

export interface CapabilityRecord {
  readonly name: string;
  /** What it was proved with; undefined where there is no version. */
  readonly version: string | undefined;
  readonly protocol: string;
  readonly wires: readonly string[];
  /** What a person installs; empty where nothing. */
  readonly installs: readonly string[];
  readonly capabilities: AgentCapabilities;
  /** With the user's own login, where that is possible. */
  readonly withLogin: AgentCapabilities | undefined;
}

const yes = (is: boolean, otherwise: string): string => (is ? "yes" : otherwise);

function operationsOf({ operations }: AgentCapabilities): string {
  switch (operations) {
    case "native": return "as its own tools";
    case "mcp": return "by an MCP server of ours";
    case "extension": return "by an extension of ours";
    case "program": return "by a program that its shell calls";
    case "none": return "no";
    default: return assertNever(operations);
  }
}

function findingsOf({ afterEdit }: AgentCapabilities): string {
  switch (afterEdit) {
    case "native": return "by the driver, in the answer to the edit";
    case "hook": return "by a hook of the client";
    case "wire": return "by the relay, behind the answer of the tool";
    case "none": return "no: at validation";
    default: return assertNever(afterEdit);
  }
}

function usageOf({ usage }: AgentCapabilities): string {
  switch (usage) {
    case "wire": return "on the wire";
    case "reported": return "as the client tells it";
    case "unknown": return "not known";
    default: return assertNever(usage);
  }
}

const rows: readonly (readonly [title: string, cell: (record: CapabilityRecord) => string])[] = [
  ["proved with", ({ version }) => version ?? "–"],
  ["install", ({ installs }) => installs.map((name) => `\`${name}\``).join(", ") || "–"],
  ["protocol", ({ protocol }) => protocol],
  ["the model's wire", ({ wires }) => wires.join(", ")],
  ["a person's words reach the running turn", ({ capabilities }) => yes(capabilities.steer, "no: the next turn")],
  ["can be interrupted, nothing left behind", ({ capabilities }) => yes(capabilities.interrupt, "no")],
  ["goes on in a new process with its history", ({ capabilities }) => yes(capabilities.resume, "no: what was said stands in each prompt")],
  ["asks for leave, and we answer", ({ capabilities }) => yes(capabilities.approvals, "no: the sandbox holds it")],
  ["operations of the harness", ({ capabilities }) => operationsOf(capabilities)],
  ["findings in the turn of the edit", ({ capabilities }) => findingsOf(capabilities)],
  ["a forbidden edit is refused before it happens", ({ capabilities }) => yes(capabilities.beforeEdit, "no: told after the fact")],
  [
    "the repository's MCP servers",
    ({ capabilities }) =>
      capabilities.servers && capabilities.operations === "program"
        ? "by a program that its shell calls, and as a list in a file"
        : yes(capabilities.servers, "no"),
  ],
  [
    "the repository's skills",
    ({ capabilities }) => (capabilities.skills && capabilities.operations === "program" ? "as files that the prompt lists" : yes(capabilities.skills, "no")),
  ],
  ["tokens and cost", ({ capabilities }) => usageOf(capabilities)],
  [
    "with the user's own login",
    ({ withLogin }) =>
      withLogin === undefined ? "–" : `words in the turn: ${yes(withLogin.steer, "no")}; findings: ${findingsOf(withLogin)}; cost: ${usageOf(withLogin)}`,
  ],
];

/** A Markdown table, a column for each record in the given order. */
export function renderCapabilityTable(records: readonly CapabilityRecord[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["", ...records.map((record) => record.name)]),
    line(["", ...records].map(() => "---")),
    ...rows.map(([title, cell]) => line([title, ...records.map(cell)])),
  ].join("\n");
}
