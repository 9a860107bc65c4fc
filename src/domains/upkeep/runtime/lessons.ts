// What a person says about kinds of repairs: not again, or again. Writes the page of lessons in the checkout, for the person to commit.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { openRepository } from "../../worktree/runtime/index.ts";
import { upkeepSection } from "../config/index.ts";
import { openProposalStore } from "../repo/proposals.ts";
import { parseLessons, withLessons } from "../service/lessons.ts";

export interface KindAnswer { readonly version: 1; readonly kind: string; readonly file: string; readonly isChanged: boolean }

/** `name` is a kind, a principle, a deviation's id, or a pull request of ours. */
export async function rejectKind(
  context: OperationContext,
  { name, where, because }: { readonly name: string; readonly where: string; readonly because: string },
): Promise<KindAnswer> {
  const { providers } = context;
  const repository = await openRepository(context);
  const { lessons } = (await context.loadConfiguration(repository.rootPath)).read(upkeepSection);
  const store = openProposalStore(providers.databases, repository.statePath);
  try {
    const row = (await store.all()).find(({ deviation, pullRequest, taskId }) => deviation === name || pullRequest === name || taskId === name);
    const kind = row?.kind ?? name;
    if (!/^[a-z0-9][\w./-]*$/i.test(kind))
      throw new InspanError("KIND_INVALID", `Cannot reject "${name}": not a kind, expected for example one-copy/duplicates.`, {
        kind: "usage",
        remedy: "inspan gc --dry-run",
      });
    if (row !== undefined) await store.settle(row.deviation, "rejected", { taskId: null, pullRequest: null });
    const path = join(repository.rootPath, lessons);
    const before = await providers.files.readText(path);
    const text = withLessons(before, [{ kind, where, since: providers.clock.nowIso().slice(0, 10), because, from: row?.title ?? "inspan gc reject" }]);
    if (text !== before) await providers.files.writeText(path, text);
    return { version: 1, kind, file: lessons, isChanged: text !== before };
  } finally { await store.close(); }
}

/** A kind may be proposed again; its rows of the page of lessons go. */
export async function allowKind(context: OperationContext, name: string): Promise<KindAnswer> {
  const { providers } = context;
  const repository = await openRepository(context);
  const { lessons } = (await context.loadConfiguration(repository.rootPath)).read(upkeepSection);
  const store = openProposalStore(providers.databases, repository.statePath);
  try {
    const path = join(repository.rootPath, lessons);
    const before = await providers.files.readText(path) ?? "";
    const text = before
      .split("\n")
      .filter(
        (line) => parseLessons(`| kind |\n${line}`).every(({ kind }) => kind !== name && !kind.startsWith(`${name}/`)) || /^\s*\|\s*kind\s*\|/i.test(line),
      )
      .join("\n");
    if (text !== before) await providers.files.writeText(path, text);
    return { version: 1, kind: name, file: lessons, isChanged: (await store.allow(name)) > 0 || text !== before };
  } finally { await store.close(); }
}
