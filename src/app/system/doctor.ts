// `inspan doctor`: what this machine has, what is missing, and the command that brings it. Domains contribute their own probes.
import { z } from "zod";
import { withDeadline } from "../../base/async.ts";
import { messageOf } from "../../base/errors.ts";
import { renderTable } from "../../base/text.ts";
import { defineOperation, type OperationContext, type Probe } from "../../providers/index.ts";

// A probe that takes longer hangs on something that the others should not wait for.
const probeMsMax = 20_000;

const gitProbe: Probe = {
  name: "git",
  run: async (context) => {
    const version = await context.providers.git.version();
    // `git merge-tree --write-tree`, which makes the merge result that checks run on, came with 2.38.
    const isNewEnough = version[0] > 2 || (version[0] === 2 && version[1] >= 38);
    return isNewEnough ? { status: "ok", found: version.join(".") } : { status: "missing", found: `${version.join(".")}, expected 2.38 or newer`, remedy: "install a newer git" };
  },
};

const nodeProbe: Probe = { name: "node", run: async () => ({ status: "ok", found: `${process.version} at ${process.execPath}` }) };

const sandboxProbe: Probe = {
  name: "sandbox",
  run: async (context) => {
    const { kind, reason } = await context.providers.sandbox.detect();
    return kind === "none" ? { status: "missing", found: reason, remedy: "apt-get install bubblewrap" } : { status: "ok", found: `${kind}: ${reason}` };
  },
};

const stateProbe: Probe = {
  name: "state folder",
  run: async (context) => {
    await context.providers.files.makeFolder(context.statePath);
    const freeMiB = Math.floor((await context.providers.files.freeBytes(context.statePath)) / 1024 ** 2);
    const found = `${context.statePath}, ${freeMiB} MiB free`;
    return freeMiB < 1024 ? { status: "warning", found, remedy: "inspan worktree prune" } : { status: "ok", found };
  },
};

async function runProbe(probe: Probe, context: OperationContext) {
  try {
    const result = await withDeadline(probe.run(context), probeMsMax, () => ({ status: "warning" as const, found: `no answer within ${probeMsMax / 1000} s`, remedy: undefined }));
    return { name: probe.name, ...result };
  } catch (error) {
    return { name: probe.name, status: "missing" as const, found: messageOf(error), remedy: error instanceof Error && "remedy" in error && typeof error.remedy === "string" ? error.remedy : undefined };
  }
}

export const doctorOperation = defineOperation({
  name: "system/doctor", command: "doctor", summary: "Say what this machine has and what is missing",
  audience: "person", readOnly: true,
  input: z.object({}),
  handler: async (_input, context) => {
    const contributed = (await context.contributions()).flatMap((contribution) => contribution.probes ?? []);
    const probes = await Promise.all([nodeProbe, gitProbe, sandboxProbe, stateProbe, ...contributed].map((probe) => runProbe(probe, context)));
    return { version: 1, probes };
  },
  render: ({ probes }) => {
    const table = renderTable(probes.map((probe) => [probe.status === "ok" ? "ok" : probe.status.toUpperCase(), probe.name, probe.found]));
    const remedies = probes.flatMap((probe) => (probe.remedy ? [`  ${probe.name}: ${probe.remedy}`] : []));
    return remedies.length === 0 ? table : `${table}\nNext:\n${remedies.join("\n")}`;
  },
});
