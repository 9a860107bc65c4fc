// What changed since a commit in the files that a document covers: their interfaces, or only what lies behind them.
import { join } from "node:path";
import { isAbort } from "../../../base/errors.ts";
import { compileGlobs } from "../../lint/index.ts";
import type { Changes } from "../types/world.ts";
import type { GitPlace } from "./ask-git.ts";

/** Files whose two versions are compared; a change of more is a change of interfaces. */
const comparedMax = 40;
const gitMsMax = 8_000;
const bytesMax = 2 * 1024 * 1024;

/** Lines that say what others can use, in the languages that Inspan reads and their neighbours. */
const outlineLine =
  /^\s*(export\b|module\.exports|(async\s+)?def\s|class\s|func\s|type\s|pub\b|public\b|protected\b|interface\s|trait\s|impl\b|struct\s|enum\s|fn\s|const\s+[A-Z])/;

/** `commit-unknown` where the clone does not hold the commit: a failed look-up is no change. */
export async function findChanges(place: GitPlace, commit: string, covers: readonly string[]): Promise<Changes> {
  const options = { cwd: place.rootPath, timeoutMs: gitMsMax, ...(place.signal === undefined ? {} : { signal: place.signal }) };
  try {
    const diff = await place.providers.git.run(["diff", "--name-status", "-z", "--no-renames", "--relative", "--end-of-options", commit, "--"], {
      ...options,
      acceptExitCodes: [128],
    });
    if (diff.exitCode !== 0) return { kind: "commit-unknown" };
    const isCovered = compileGlobs([...covers]);
    const parts = diff.stdout.split("\0");
    const interfaces: string[] = [];
    const bodies: string[] = [];
    let compared = 0;
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const file = parts[at + 1] ?? "";
      if (!isCovered(file)) continue;
      if (parts[at] !== "M" || compared++ >= comparedMax) { interfaces.push(file); continue; }
      const [before, after] = await Promise.all([
        place.providers.git.run(["show", "--end-of-options", `${commit}:${file}`], { ...options, acceptExitCodes: [128] }),
        readNow(place, file),
      ]);
      (outlineOf(before.stdout) === outlineOf(after) ? bodies : interfaces).push(file);
    }
    return { kind: "changed", interfaces, bodies };
  } catch (error) {
    if (isAbort(error)) throw error;
    return { kind: "commit-unknown" };
  }
}

async function readNow(place: GitPlace, file: string): Promise<string> {
  const facts = await place.providers.files.facts(join(place.rootPath, file));
  return facts?.kind === "file" && facts.sizeBytes <= bytesMax ? await place.providers.files.readText(join(place.rootPath, file)) ?? "" : "";
}

/** Without an outline a file is its whole text: configuration, data, documents. */
function outlineOf(text: string): string {
  const lines = text.split("\n").filter((line) => outlineLine.test(line)).map((line) => line.trim().replaceAll(/\s+/g, " "));
  return lines.length === 0 ? text : lines.join("\n");
}
