// What a plain command is given on its standard input: everything, each time, since it remembers nothing. Pure.
import { boundText } from "../../../base/text.ts";
import type { AgentTool } from "../types.ts";
import type { ProjectServer } from "./project-servers.ts";
import { renderSkillList, type SkillText } from "./project-skills.ts";

export interface PastTurn { readonly asked: string; readonly answered: string }

const pastTurnsMax = 6; // older ones are in the worktree and in its history
const pastCharsMax = 600; // of each side of one
const toolCharsMax = 600; // of one operation's schema

export function renderCommandPrompt(options: {
  readonly instructions: string;
  readonly past: readonly PastTurn[];
  readonly text: string;
  readonly tools: readonly Pick<AgentTool, "name" | "description" | "inputSchema">[];
  readonly operationCommand: string;
  /** What the repository itself gives. */ readonly project: {
    readonly servers: readonly ProjectServer[];
    readonly serverCommand: string;
    readonly skills: readonly SkillText[];
    readonly skillsPath: string;
  };
}): string {
  const { instructions, past, text, tools, operationCommand, project } = options;
  const skills = renderSkillList(project.skills, `Read ${project.skillsPath}/<name>/SKILL.md`);
  const servers =
    project.servers.length === 0
      ? undefined
      : `# MCP servers of this repository\n${project.servers.map(({ name }) => name).join(", ")}. A server's tools: ${project.serverCommand} <server>\nCall one from your shell: ${project.serverCommand} <server> <tool> '<JSON>'`;
  const operations = tools.length === 0 ? [] : [
    "# Operations of the harness", `Call one from your shell: ${operationCommand} <name> '<JSON>'`,
    ...tools.map((tool) => `- ${tool.name}: ${tool.description} ${boundText(JSON.stringify(tool.inputSchema), toolCharsMax)}`),
  ];
  const earlier = past.slice(-pastTurnsMax).map(({ asked, answered }) => `- asked: ${boundText(asked, pastCharsMax)}\n  you said: ${boundText(answered, pastCharsMax)}`);
  const given = [skills, servers].filter((part) => part !== undefined);
  return [
    instructions,
    ...given,
    ...(operations.length === 0 ? [] : [operations.join("\n")]),
    ...(earlier.length === 0 ? [] : [`# Earlier turns of this session (what they changed is in the worktree)\n${earlier.join("\n")}`]),
    "# Now",
    text,
  ].join("\n\n");
}
