// `browser snapshot`: what the page shows, bounded; the file holds all of it.
import { InspanError } from "../../../../../base/errors.ts";
import { findNode } from "../../../service/parse-tree.ts";
import { parseTarget } from "../../../service/target.ts";
import type { SnapshotInput } from "../../../types/inputs.ts";
import type { PageNode } from "../../../types/index.ts";
import type { Look, WorktreePages } from "../worktree-pages.ts";
import { snapshotReply, takeNews, type VerbReply } from "./reply.ts";

/** The part that was meant; the page where none was named. Rejects with TARGET_STALE. */
export function partOf(look: Look, text: string | undefined): PageNode | undefined {
  if (text === undefined) return undefined;
  const target = parseTarget(text);
  const node = target.kind === "ref"
    ? findNode(look.root, ({ ref }) => ref === target.ref)
    : findNode(look.root, ({ role, name }) => role === target.role && (target.name === undefined || name === target.name)) ?? findNode(look.root, ({ role, name }) => role === target.role && target.name !== undefined && name.includes(target.name));
  if (node === undefined)
    throw new InspanError("TARGET_STALE", `Cannot show "${text.slice(0, 80)}": it is not on the page, expected a reference or a role with its name.`, {
      kind: "usage",
      remedy: "inspan browser snapshot",
    });
  return node;
}

export async function snapshot(pages: WorktreePages, input: SnapshotInput): Promise<VerbReply> {
  const look = await pages.look("take a snapshot");
  const node = partOf(look, input.target);
  const { text, file, note } = await snapshotReply(pages, { look, isFull: input.full, ...(node === undefined ? {} : { node }) });
  return { said: note, title: look.title, file, text: [text, ...takeNews(pages)].filter((line) => line !== "").join("\n") };
}
