// What a repository itself gives to the built-in agent: its skills as a tool, and its MCP servers, each a process in the agent's sandbox that lives as
// long as the turn. Both as they are at the base commit. Knows no model.
import { z } from "zod";
import { withDeadline } from "../../../../base/async.ts";
import { messageOf } from "../../../../base/errors.ts";
import { boundText, fenceUntrusted } from "../../../../base/text.ts";
import { readSkillText, type SkillText } from "../../service/project-skills.ts";
import type { ProjectServer } from "../../service/project-servers.ts";
import { idleHandlers } from "../client-process.ts";
import { RpcConnection } from "../json-rpc.ts";
import { prepareInSandbox } from "./tool-run.ts";
import { defineTool, refusal, untilAborted, type BuiltinTool, type ToolScope } from "./tool.ts";

const startMsMax = 15_000; // of one server, its list of tools included; a package runner without network would look for ever
const callMsMax = 600_000; // a tool may run a build; the turn's own bound comes first
const endGraceMs = 500; // after the end of its standard input
const toolsMax = 40; // of one server; each costs in every request
const descriptionCharsMax = 1_000;

interface McpRequests {
  "initialize": { readonly protocolVersion: string; readonly capabilities: object; readonly clientInfo: { readonly name: string; readonly version: string } };
  "tools/list": object;
  "tools/call": { readonly name: string; readonly arguments: unknown };
}

const Listed = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string(), description: z.string().optional(), inputSchema: z.record(z.string(), z.unknown()).optional() })),
});
const Called = z.looseObject({ content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).default([]), isError: z.boolean().default(false) });

export function skillTool(files: readonly SkillText[]): BuiltinTool {
  return defineTool({
    name: "read_skill",
    description: "Reads a skill of this repository, or a further file of it.",
    input: z.object({ name: z.string().min(1).max(100), path: z.string().max(500).optional().describe("A further file of the skill; its text itself unless told.") }),
    execute: ({ name, path }) => {
      const text = readSkillText(files, name, path);
      return Promise.resolve(
        text === undefined
          ? refusal(
              `There is no skill "${name}"${path === undefined ? "" : ` with a file "${path}"`}; skills: ${[...new Set(files.map((file) => file.skill))].join(", ")}.`,
            )
          : { text, isError: false },
      );
    },
  });
}

export interface ProjectTools { readonly tools: readonly BuiltinTool[]; close(): Promise<void> }

/** Rejects where the server does not start, or does not answer in time. */
async function openServer(server: ProjectServer, scope: ToolScope): Promise<ProjectTools> {
  const { processes } = scope.providers;
  const prepared = await prepareInSandbox({ command: [server.command, ...server.args], env: server.env, timeoutMs: undefined }, scope);
  const process = await processes.start({ ...prepared.spec, stdin: { kind: "open" } });
  const close = async (): Promise<void> => {
    process.closeStdin();
    await withDeadline(process.exited.then(() => undefined), endGraceMs, () => undefined);
    await process.stop();
    await prepared.dispose();
  };
  try {
    const rpc = new RpcConnection<McpRequests>(process, { client: `the server ${server.name}`, isVersioned: true }, idleHandlers);
    await untilAborted(rpc.request("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "inspan", version: "1" } }, startMsMax), scope.signal);
    await rpc.notify("notifications/initialized");
    const { tools } = Listed.parse(await untilAborted(rpc.request("tools/list", {}, startMsMax), scope.signal));
    return { close, tools: tools.slice(0, toolsMax).map((tool) => toolOf(server, tool, rpc)) };
  } catch (error) {
    await close();
    throw error;
  }
}

function toolOf(server: ProjectServer, tool: z.infer<typeof Listed>["tools"][number], rpc: RpcConnection<McpRequests>): BuiltinTool {
  return {
    name: `${server.name}_${tool.name}`.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64),
    description: boundText(tool.description ?? tool.name, descriptionCharsMax),
    inputSchema: tool.inputSchema?.["type"] === "object" ? tool.inputSchema : { type: "object", properties: {} },
    execute: async (input, { signal, providers }) => {
      try {
        const { content, isError } = Called.parse(await untilAborted(rpc.request("tools/call", { name: tool.name, arguments: input }, callMsMax), signal));
        const text = content.map((part) => part.text ?? `[${part.type}]`).join("\n");
        return { text: fenceUntrusted("mcp-server", providers.secrets.redact(text)), isError };
      } catch (error) {
        if (signal.aborted) throw error;
        return refusal(`The server ${server.name} did not do it: ${boundText(messageOf(error), descriptionCharsMax)}`);
      }
    },
  };
}

/** Servers that do not start are told as warnings, and their tools are missing. Rejects with an AbortError; then nothing of them lives. */
export async function openProjectServers(servers: readonly ProjectServer[], scope: ToolScope): Promise<ProjectTools> {
  const opened = await Promise.all(servers.map(async (server) => openServer(server, scope).catch((error: unknown) => {
    if (!scope.signal.aborted) scope.emit({ kind: "warning", text: `The repository's server "${server.name}" is not there: ${messageOf(error)}` });
    return undefined;
  })));
  const living = opened.filter((one) => one !== undefined);
  return { tools: living.flatMap((one) => one.tools), close: async () => { await Promise.all(living.map((one) => one.close())); } };
}
