// Guardrails as they stand at a commit: one JSON file each. What cannot be read is said, and left alone.
import { parseJson } from "../../../base/json.ts";
import { Guardrail, guardrailsFolder } from "../types.ts";
import { fileSince, readBlob, type HistoryPort } from "./history.ts";

/** A repository with more has a rule book of its own. */
const guardrailsMax = 500;

export interface StandingGuardrail {
  readonly guardrail: Guardrail;
  /** When it came in its present form, ISO 8601; its proposal's day where history does not say. */ readonly since: string;
}

export async function listFilesAt({ git, rootPath, signal }: HistoryPort, commit: string, paths: readonly string[]): Promise<readonly string[]> {
  const listed = await git.run(["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", ...paths], { cwd: rootPath, signal, acceptExitCodes: [128] });
  return listed.exitCode === 0 ? listed.stdout.split("\0").filter((file) => file !== "") : [];
}

export async function readGuardrails(port: HistoryPort, commit: string): Promise<{ readonly guardrails: readonly StandingGuardrail[]; readonly unreadable: readonly string[] }> {
  const guardrails: StandingGuardrail[] = [], unreadable: string[] = [];
  for (const file of (await listFilesAt(port, commit, [guardrailsFolder])).filter((one) => one.endsWith(".json")).slice(0, guardrailsMax)) {
    const parsed = Guardrail.safeParse(parseJson(await readBlob(port, commit, file) ?? ""));
    if (!parsed.success) { unreadable.push(file); continue; }
    const changed = await fileSince(port, commit, file);
    guardrails.push({ guardrail: parsed.data, since: changed === "" ? parsed.data.proposedAt : changed });
  }
  return { guardrails, unreadable };
}
