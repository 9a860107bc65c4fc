// Resolved facts of an unchanged repository, read from the disk when somebody looks at them: most questions of a second check are about few files.
import { join } from "node:path";
import { defined } from "../../../base/assert.ts";
import type { Files } from "../../../providers/index.ts";
import type { FactsRequest } from "../types/facts-request.ts";
import type { ImportTarget, ResolvedFacts } from "../types/facts.ts";
import { readStoredFacts } from "./facts-cache.ts";
import { readVerdict, writeVerdict } from "./verdict-cache.ts";

const fileName = "targets";

/** Thrown by a look at facts that are not there any more; whoever asked begins from the beginning. */
export class StoredFactsGone extends Error {}

export interface StoredFactsOptions {
  readonly files: Files;
  readonly cachePath: string;
  readonly engine: string;
  readonly request: FactsRequest;
  /** The key under which the targets were written. */
  readonly targetsKey: string;
}

export interface StoredFacts {
  /** Facts of the file that was the `at`th when the targets were written, at this stamp. Reads nothing until one of its fields is asked for. */
  lazy(file: string, stamp: string, at: number): ResolvedFacts;
}

export async function writeTargets(files: Files, cachePath: string, key: string, facts: readonly ResolvedFacts[]): Promise<void> {
  await writeVerdict(
    files,
    cachePath,
    key,
    facts.map((one) => JSON.stringify(isTargetAll(one) ? one.imports.map((fact) => fact.target) : ({ imports: one.imports } satisfies Whole))).join("\n"),
    fileName,
  );
}

/** Resolution of the other languages takes statements apart: one import of several modules becomes several. */
interface Whole { readonly imports: ResolvedFacts["imports"] }

/** True where resolution adds a target to each import and nothing else. */
function isTargetAll({ language }: Pick<ResolvedFacts, "language">): boolean {
  return language === "typescript" || language === "javascript";
}

export function openStoredFacts(options: StoredFactsOptions): StoredFacts {
  const { files, cachePath } = options;
  let stored: ReturnType<typeof readStoredFacts> | undefined;
  let targets: readonly string[] | undefined;
  const load = (file: string, stamp: string, at: number): ResolvedFacts => {
    stored ??= readStoredFacts({ files, path: join(cachePath, "facts"), engine: options.engine, request: options.request });
    targets ??= readVerdict(files, cachePath, options.targetsKey, fileName)?.split("\n") ?? [];
    const facts = stored.byStamp(file, stamp);
    const line = targets[at];
    if (facts === undefined || line === undefined) throw new StoredFactsGone();
    const found = JSON.parse(line) as readonly ImportTarget[] | Whole; // written above
    if ("imports" in found) return { ...facts, imports: found.imports };
    if (found.length !== facts.imports.length) throw new StoredFactsGone();
    return { ...facts, imports: facts.imports.map((fact, index) => ({ ...fact, target: defined(found[index], "a target for each import") })) };
  };
  return { lazy: (file, stamp, at) => lazyFacts(file, () => load(file, stamp, at)) };
}

/** Looks like the facts, whatever fields they have. */
function lazyFacts(file: string, load: () => ResolvedFacts): ResolvedFacts {
  let loaded: ResolvedFacts | undefined;
  const facts = (): ResolvedFacts => loaded ??= load();
  const handler: ProxyHandler<{ readonly file: string }> = {
    get: (_target, key) => (key === "file" ? file : Reflect.get(facts(), key)),
    has: (_target, key) => Reflect.has(facts(), key),
    ownKeys: () => Reflect.ownKeys(facts()),
    getOwnPropertyDescriptor: (_target, key) => {
      const found = Reflect.getOwnPropertyDescriptor(facts(), key);
      return found === undefined ? undefined : { ...found, configurable: true };
    },
  };
  return new Proxy({ file }, handler) as ResolvedFacts; // every field is asked of the facts themselves
}
