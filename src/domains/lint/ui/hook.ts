// `inspan hook <client>` and the daemon behind it. The quick way of a hook is src/app/hook-client.ts; this is the way without a daemon.
import { z } from "zod";
import { defineOperation } from "../../../providers/index.ts";
import { hookClients } from "../service/hook.ts";
import { findRoot } from "./find-root.ts";

const hook = defineOperation({
  name: "lint/hook", command: "hook",
  summary: "Answer the hook of an agent's client after an edit: new findings of the edited files",
  audience: "agent", readOnly: true, isCommandLineOnly: true, isVerbatim: true,
  input: z.object({ client: z.enum(hookClients).describe("Whose hook it is; its JSON comes on standard input.") }),
  positional: ["client"],
  async handler(_input, context) {
    const [{ answerHook, contributedBy }, { createCheckSession }] = await Promise.all([import("../runtime/index.ts"), import("../runtime/check-session.ts")]);
    const rootPath = await findRoot(context);
    const session = createCheckSession({
      providers: context.providers,
      rootPath,
      loadConfiguration: () => context.loadConfiguration(rootPath),
      contributed: () => contributedBy(context),
      signal: context.signal,
    });
    return { text: await answerHook(session, await context.readStdin() ?? "", context.cwd) };
  },
  render: ({ text }) => text,
});

const daemon = defineOperation({
  name: "lint/daemon", command: "check daemon",
  summary: "Hold this repository ready for hooks; started by the first of them, ends by itself",
  audience: "person", readOnly: true, isCommandLineOnly: true,
  input: z.object({ socket: z.string().describe("Path of the socket to listen at.") }),
  async handler(input, context) {
    const { contributedBy, runDaemon } = await import("../runtime/index.ts");
    const { providers, signal, version } = context;
    const rootPath = await findRoot(context);
    return runDaemon({
      providers,
      rootPath,
      loadConfiguration: () => context.loadConfiguration(rootPath),
      contributed: () => contributedBy(context),
      signal,
      socketPath: input.socket,
      version,
    });
  },
  render: ({ reason }) => `The check daemon ended: ${reason}.`,
});

export const hookOperations = [hook, daemon];
