// What a verb gives back, and the parts that several of them share: bounded snapshots and the news since the last reply.
import { headOf, renderTree } from "../../../service/render-tree.ts";
import { renderConsole, renderNetwork } from "../../../service/activity.ts";
import { findNode } from "../../../service/parse-tree.ts";
import type { PageNode } from "../../../types/index.ts";
import type { Look, WorktreePages } from "../worktree-pages.ts";

/** Of a snapshot in a reply; about 1,500 tokens. The file holds the rest. */
export const headCharsMax = 6_000;
/** Of what changed in a reply. */
export const changeCharsMax = 3_000;
/** Lines of console and of network in a reply; errors stand first where there are more. */
export const newsLinesMax = 12;

export interface VerbReply {
  readonly said: string;
  readonly text: string;
  readonly title?: string;
  readonly file?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface SnapshotOptions { readonly look: Look; readonly node?: PageNode; readonly isFull: boolean; readonly charsMax?: number }

const moreLine = (leftOut: number): string => (leftOut === 0 ? "" : `\n… ${leftOut} more lines in the file`);

/** The look as a bounded head; all of it, with every handle, goes to a file. An open modal dialog is what counts. */
export async function snapshotReply(
  pages: WorktreePages,
  { look, node, isFull, charsMax = headCharsMax }: SnapshotOptions,
): Promise<{ readonly text: string; readonly file: string; readonly note: string; readonly leftOut: number }> {
  const dialog =
    node === undefined
      ? findNode(look.root, ({ role, states, name }) => (role === "dialog" || role === "alertdialog") && (states.includes("active") || name !== ""))
      : undefined;
  const shown = node ?? dialog ?? look.root;
  const whole = renderTree(node ?? look.root, { isFolded: false, labelCharsMax: 500 });
  const file = await pages.options.evidence.writeText("snapshot", ".txt", `${look.url}\n${look.title}\n${whole.join("\n")}\n`);
  const { text, leftOut } = headOf(renderTree(shown, { isFolded: !isFull }), charsMax);
  return {
    text: `${text}${moreLine(leftOut)}`,
    file,
    leftOut,
    note: [
      dialog === undefined ? "" : "A dialog is open; only it is shown.",
      look.unread === undefined
        ? look.isCut
          ? "The page has more elements than are read."
          : ""
        : `The page has ${look.unread.elements} elements: long lists show their beginning, their end and what is in view (${look.unread.left} of their parts are left out; role and name reach them).`,
    ]
      .filter((one) => one !== "")
      .join(" "),
  };
}

/** Console and network lines that no reply has told; empty where there is nothing new. */
export function takeNews(pages: WorktreePages): readonly string[] {
  const { activity, pageUrl } = pages;
  const console = renderConsole(activity.takeConsole());
  const network = renderNetwork(activity.takeNetwork(), pageUrl, { isWhole: false });
  const bound = (lines: readonly string[], what: string): readonly string[] => {
    if (lines.length <= newsLinesMax) return lines.map((line) => ` ${line}`);
    const isTelling = (line: string): boolean => /^(?:error|page-error|crash|dialog|tab|download)|failed| [45]\d\d /.test(line);
    const first = [...lines.filter(isTelling), ...lines.filter((line) => !isTelling(line))].slice(0, newsLinesMax);
    return [...first.map((line) => ` ${line}`), ` … ${lines.length - newsLinesMax} more (${what} --all)`];
  };
  return [...(console.length === 0 ? [] : ["console:", ...bound(console, "console")]), ...(network.length === 0 ? [] : ["network:", ...bound(network, "network")])];
}
