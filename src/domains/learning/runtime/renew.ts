// Proposals of earlier nights that the base has moved away from: two of one night meet in a document, and after the first is merged the second is written anew.
import { parseJson } from "../../../base/json.ts";
import { messageOf } from "../../../base/errors.ts";
import { rulesFolder } from "../../lint/index.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import { readBlob, type HistoryPort } from "../repo/history.ts";
import { Guardrail, guardrailsFolder, type Proposal } from "../types.ts";
import { assemble } from "./assemble.ts";
import type { DreamRun, OpenProposal } from "./dream-run.ts";
import { publish } from "./publish.ts";

/** Open ones that are looked at; a person who leaves more than this open wants no more. */
const openMax = 50;

const isOpen = ({ state, pullRequest, guardrail }: Proposal): boolean => state === "open" && pullRequest !== "" && guardrail !== "";

/** What open proposals write. One that cannot be read is told as a warning and counts by its guardrail alone. */
export async function openProposals(
  port: HistoryPort,
  base: string,
  known: readonly Proposal[],
  pullRequests: PullRequests | undefined,
  warnings: string[],
): Promise<readonly OpenProposal[]> {
  const found: OpenProposal[] = [];
  for (const { guardrail, pullRequest } of known.filter(isOpen).slice(0, openMax)) {
    let files: readonly string[] = [];
    try {
      const head = (await pullRequests?.readPullRequest(pullRequest))?.headCommit ?? "";
      const listed =
        head === ""
          ? undefined
          : await port.git.run(["-c", "core.quotePath=false", "diff", "--name-only", "--no-renames", `${base}...${head}`], {
              cwd: port.rootPath,
              signal: port.signal,
              acceptExitCodes: [128],
            });
      files = listed?.exitCode === 0 ? listed.stdout.split("\n").filter((file) => file !== "") : [];
    } catch (error) { warnings.push(`pull request ${pullRequest} cannot be read: ${messageOf(error)}`); }
    found.push({ guardrail, pullRequest, files });
  }
  return found;
}

/** Warnings tell what was written anew and what was not. */
export async function renewProposals(run: DreamRun, known: readonly Proposal[]): Promise<readonly string[]> {
  const told: string[] = [];
  for (const proposal of known.filter(isOpen).slice(0, openMax)) {
    try {
      const said = await renew(run, proposal);
      if (said !== undefined) told.push(`pull request ${proposal.pullRequest} ${said}`);
    } catch (error) {
      run.context.signal.throwIfAborted();
      told.push(`pull request ${proposal.pullRequest} cannot be written anew: ${messageOf(error)}`);
    }
  }
  return told;
}

async function renew(run: DreamRun, { pullRequest: id, guardrail: guardrailId, branch }: Proposal): Promise<string | undefined> {
  const { port, world, pullRequests } = run;
  const options = { cwd: port.rootPath, signal: port.signal, acceptExitCodes: [1, 128] };
  const { headCommit: head = "", title, body, taskId, state } = await pullRequests?.readPullRequest(id) ?? {};
  if (state !== "open" || head === "" || taskId === undefined || title === undefined || body === undefined) return undefined;
  if ((await port.git.run(["merge-tree", "--write-tree", "--name-only", "--no-messages", world.base, head], options)).exitCode !== 1) return undefined;
  const own = (await port.git.run(["rev-list", "--count", `${world.base}..${head}`], options)).stdout.trim();
  if (own !== "1") return `conflicts with the base, and holds ${own} commits: whoever wrote the others mends it`;
  const parsed = Guardrail.safeParse(parseJson(await readBlob(port, head, `${guardrailsFolder}/${guardrailId}.json`) ?? ""));
  if (!parsed.success) return "conflicts with the base, and its guardrail cannot be read: a person mends it";
  const { file, ...guardrail } = parsed.data;
  const text = guardrail.rung === "lint" ? await readBlob(port, head, file) : undefined;
  const caseFiles = guardrail.rung === "reviewer" ? reviewed(run, file) : [];
  const { edits } = assemble(world, {
    guardrail,
    earlier: world.guardrails.find((one) => one.guardrail.id === guardrailId)?.guardrail,
    caseFiles,
    rule: text === undefined ? undefined : { path: file, text },
    day: run.nowIso.slice(0, 10),
  });
  const published = await publish({
    context: run.context, repository: run.repository, pullRequests, treePath: run.treePath, base: world.base, proposalId: "", title, edits,
    rule: file.startsWith(`${rulesFolder}/`) ? `lesson-${guardrailId}` : undefined,
    body: () => body,
    message: `${title}\n\nWritten anew, because the base has moved.\n`,
    renewed: { branch, head, taskId },
  });
  return published.kind === "opened"
    ? "was written anew, because the base has moved"
    : published.kind === "refused"
      ? `conflicts with the base, and is not written anew: ${published.reason}`
      : undefined;
}

/** So that the same reviewer is chosen again. */
function reviewed({ world }: DreamRun, file: string): readonly string[] {
  const paths = world.reviewers.find(({ path }) => path === file)?.reviewer?.paths ?? [];
  return paths.includes("**") ? [] : paths.map((path) => path.replaceAll(/\*+/g, "x"));
}
