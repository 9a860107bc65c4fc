// Which names an earlier tree knew that the files of today do not. Only blobs that are not there any more can hold one, so they alone are read.
import { type GitPlace, notDocuments, oneOf, ask } from "./ask-git.ts";

/** Above this a tree of long ago has little in common with today's, and git searches it as a whole sooner. */
const blobsMax = 6_000;
/** What no word of a program stands in; git grep leaves out the same by looking for zero bytes. */
const binary = /\.(png|jpe?g|gif|webp|ico|icns|pdf|woff2?|ttf|otf|eot|mp[34]|mov|webm|zip|gz|tgz|br|wasm|node|exe|dll|so|dylib|jar|class|sqlite|db|bin|psd|avif)$/i;
const document = /\.(md|mdx|markdown|txt)$/i;

export interface OldTrees {
  /** Those of the names that stood, as whole words, in a file of this commit which is no document; undefined where git could not say. To be asked for the same names at each commit. */
  findNamesAt(commit: string, names: readonly string[]): Promise<readonly string[] | undefined>;
}

/** For one check: what today's tree is like is asked once, and each blob read once. */
export function createOldTrees(place: GitPlace): OldTrees {
  let today: Promise<ReadonlySet<string> | undefined> | undefined;
  /** Names by blob, of those that are asked for. */
  const read = new Map<string, ReadonlySet<string>>();
  return {
    async findNamesAt(commit, names) {
      if (names.length === 0) return [];
      const [now, then] = await Promise.all([today ??= blobsOfToday(place), blobsAt(place, commit)]);
      const gone = now === undefined || then === undefined ? undefined : [...then].filter((blob) => !now.has(blob));
      const isRead = gone !== undefined && gone.length <= blobsMax && await readBlobs(place, gone.filter((blob) => !read.has(blob)), names, read);
      if (!isRead) return searchTree(place, commit, names);
      const found = new Set<string>();
      for (const blob of gone) for (const name of read.get(blob) ?? []) found.add(name);
      return names.filter((name) => found.has(name));
    },
  };
}

/** Blobs of the last commit whose files are as they were committed; undefined where git cannot say. */
async function blobsOfToday(place: GitPlace): Promise<ReadonlySet<string> | undefined> {
  const [tree, changed] = await Promise.all([ask(place, ["ls-tree", "-r", "-z", "HEAD"]), ask(place, ["diff", "--name-only", "-z", "--no-renames", "--relative", "HEAD", "--"])]);
  if (tree?.exitCode !== 0 || changed?.exitCode !== 0) return undefined;
  const edited = new Set(changed.stdout.split("\0"));
  return new Set(entriesOf(tree.stdout).filter((one) => !edited.has(one.file)).map((one) => one.blob));
}

async function blobsAt(place: GitPlace, commit: string): Promise<ReadonlySet<string> | undefined> {
  const tree = await ask(place, ["ls-tree", "-r", "-z", "--end-of-options", commit]);
  return tree?.exitCode === 0 ? new Set(entriesOf(tree.stdout).filter(({ file }) => !binary.test(file) && !document.test(file)).map((one) => one.blob)) : undefined;
}

/** Files only, no submodules and links; paths are relative to where git was asked. */
function entriesOf(text: string): readonly { readonly blob: string; readonly file: string }[] {
  return text.split("\0").flatMap((line) => {
    const match = /^100\d{3} blob ([0-9a-f]{40,64})\t(.+)$/s.exec(line);
    return match === null ? [] : [{ blob: match[1] ?? "", file: match[2] ?? "" }];
  });
}

/** False where git could not give them all: too much, too slow, a clone without them. */
async function readBlobs(place: GitPlace, blobs: readonly string[], names: readonly string[], into: Map<string, ReadonlySet<string>>): Promise<boolean> {
  if (blobs.length === 0) return true;
  const answer = await ask(place, ["cat-file", "--batch"], `${blobs.join("\n")}\n`);
  if (answer?.exitCode !== 0) return false;
  const { stdout } = answer;
  const wanted = new RegExp(`\\b${oneOf(names)}\\b`, "g");
  // Each blob stands behind a line with its own name, in the order in which they were asked for; a clone may lack some.
  const headOf = (blob: string | undefined, from: number): number => (blob === undefined ? stdout.length : stdout.indexOf(`${blob} `, from));
  let start = headOf(blobs[0], 0);
  for (const [at, blob] of blobs.entries()) {
    const end = headOf(blobs[at + 1], start + 1);
    if (start === -1 || end === -1) return false;
    const text = stdout.slice(stdout.indexOf("\n", start) + 1, end);
    into.set(blob, text.includes("\0") ? new Set() : new Set(text.match(wanted)));
    start = end;
  }
  return true;
}

async function searchTree(place: GitPlace, commit: string, names: readonly string[]): Promise<readonly string[] | undefined> {
  const grep = await ask(place, ["grep", "-I", "-h", "-o", "-w", "-E", "-e", oneOf(names), commit, ...notDocuments]);
  return grep === undefined || grep.exitCode > 1 ? undefined : [...new Set(grep.stdout.split("\n").filter((name) => name !== ""))];
}
