// Reads and writes the baseline of a repository. Knows no rule.
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { Baseline } from "../types/baseline.ts";
import { baselineFile } from "../types/baseline-path.ts";

/** A hundred thousand entries; more is no list that only gets shorter. */
const bytesMax = 32 * 1024 * 1024;

/** Undefined where there is none; rejects with BASELINE_INVALID where it cannot be read as one: a broken baseline must not hide or show everything. */
export async function readBaseline(providers: Pick<Providers, "files">, rootPath: string): Promise<Baseline | undefined> {
  const path = `${rootPath}/${baselineFile}`;
  const facts = await providers.files.facts(path);
  if (facts === undefined) return undefined;
  if (facts.kind !== "file" || facts.sizeBytes > bytesMax) throw invalid(facts.kind === "file" ? "it is too large" : "it is no regular file");
  const text = await providers.files.readText(path);
  if (text === undefined) return undefined;
  // Both sides of a merge were right about their own tree: which findings are left, only the merged one says.
  if (/^<{7} /m.test(text)) throw invalid("it holds the marks of a merge", `take either side (git checkout --theirs ${baselineFile}), then run: inspan baseline update`);
  let value: unknown;
  try { value = JSON.parse(text); } catch (error) { throw invalid(messageOf(error)); }
  const result = (await import("../types/baseline.ts")).Baseline.safeParse(value); // the schema is loaded where there is one
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "another form"}`);
}

export async function writeBaseline(providers: Providers, rootPath: string, text: string): Promise<void> {
  await providers.files.writeText(`${rootPath}/${baselineFile}`, text);
}

function invalid(found: string, remedy = `restore it: git checkout -- ${baselineFile}`): InspanError {
  return new InspanError("BASELINE_INVALID", `Cannot read "${baselineFile}": ${found}, expected the file that \`inspan baseline update\` writes.`, { kind: "usage", remedy });
}
