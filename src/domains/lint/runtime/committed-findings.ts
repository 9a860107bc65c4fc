// What the last commit's text of a file was found guilty of: the backlog that a hook does not repeat.
import type { Providers } from "../../../providers/index.ts";
import { stampText } from "../repo/stamps.ts";
import type { Finding } from "../types/finding.ts";
import type { FileChecker } from "./check-files.ts";

/** Files whose committed findings are remembered; a session that edits more is a generator's. */
const committedMax = 2_000;

export interface Committed { findings(checker: FileChecker, rootPath: string, file: string): Promise<readonly Finding[]> }

/** What the last commit's text of a file was found guilty of, remembered until HEAD moves. */
export function createCommitted(providers: Providers, signal: AbortSignal | undefined): Committed {
  const known = new Map<string, readonly Finding[]>();
  let log: string | undefined; // the journal of HEAD: git writes to it whenever HEAD moves
  let seen = "";
  return {
    async findings(checker, rootPath, file) {
      log ??= await headLog(providers, rootPath);
      const stamp = log === "" ? undefined : providers.files.now.facts(log);
      if (stamp === undefined || stampText(stamp) !== seen || known.size > committedMax) known.clear();
      seen = stamp === undefined ? "" : stampText(stamp);
      const remembered = known.get(file);
      if (remembered !== undefined) return remembered;
      const text = await textOfHead(providers, rootPath, file, signal);
      const findings = text === undefined ? [] : await checker.checkTextBriefly(file, text);
      if (stamp !== undefined) known.set(file, findings);
      return findings;
    },
  };
}

/** Empty where there is none. */
async function headLog(providers: Providers, rootPath: string): Promise<string> {
  try {
    return (await providers.git.text(["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"], { cwd: rootPath })).trim();
  } catch {
    return "";
  } // no git, no repository: nothing is remembered
}

/** Undefined where there is no commit, or it does not have the file. */
export async function textOfHead(providers: Providers, rootPath: string, file: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const result = await providers.git.run(["cat-file", "blob", `HEAD:./${file}`], {
      cwd: rootPath,
      acceptExitCodes: [1, 128],
      timeoutMs: 5_000,
      ...(signal === undefined ? {} : { signal }),
    });
    return result.exitCode === 0 ? result.stdout : undefined;
  } catch {
    return undefined; // without git every finding of an edited file is new
  }
}
