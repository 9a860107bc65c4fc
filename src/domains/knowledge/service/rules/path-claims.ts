// Which code spans claim that a path exists, and whether the words around them take the claim back. Pure and conservative.
import type { CodeSpanFact } from "../../types/document.ts";
import { folderOf, joinPath, type Tree } from "../paths.ts";
import { isPlaceholder } from "./link-target.ts";

export interface PathClaim {
  /** As written, without line numbers and a last slash. */
  readonly path: string;
  readonly hasEnding: boolean;
  readonly isFolder: boolean;
}

const endings =
  "ts|tsx|js|jsx|mjs|cjs|mts|cts|json|jsonc|json5|md|mdx|yml|yaml|toml|rs|go|py|pyi|java|kt|kts|rb|php|sh|bash|zsh|ps1|sql|css|scss|less|html|proto|prisma|graphql|gql|c|h|cc|cpp|hpp|cs|swift|txt|svg|xml|gradle|tf|nix|vue|svelte|astro|ini|cfg|conf|lock|rules|csv|ipynb|wasm|dart|ex|exs|lua|zig|rst";
const withEnding = new RegExp(`\\.(?:${endings})$`, "i");
const shape = /^[\w.@+()[\]-]+(\/[\w.@+()[\]-]+)*\/?$/;

/** Undefined where the span is no path: a package, a route, a type, a pattern. */
export function readPathClaim(text: string): PathClaim | undefined {
  const bare = text.trim().replace(/^\.\//, "").replace(/(#L\d+(-L?\d+)?|:\d+(-\d+|:\d+)?)$/, "");
  if (bare.length > 200 || bare.length < 3 || !shape.test(bare) || bare.includes("/./") || isPlaceholder(bare)) return undefined;
  if (bare.startsWith("@") || /^[\d.]+\//.test(bare)) return undefined;
  const hasEnding = withEnding.test(bare);
  const isFolder = bare.endsWith("/");
  const path = bare.replace(/\/+$/, "");
  if (!path.includes("/") && !isFolder) return undefined;
  if (!hasEnding && /\.[A-Z]\w*$|\.\w+\(\)?$/.test(path)) return undefined; // Type.member
  return { path, hasEnding, isFolder };
}

/** Folders that programs fill. */
const generatedSegments = new Set([
  "node_modules",
  "dist",
  "build",
  "out",
  "target",
  "coverage",
  ".next",
  ".nuxt",
  ".cache",
  "tmp",
  "temp",
  ".tmp",
  ".git",
  "__pycache__",
  "venv",
  ".venv",
  "generated",
  "gen",
  "__generated__",
  "logs",
  "log",
  ".turbo",
  "artifacts",
  "output",
  "outputs",
  "results",
  ".output",
  "Debug",
  "Release",
  ".gradle",
  ".terraform",
  "htmlcov",
  ".vercel",
  ".wrangler",
  "test-results",
  "playwright-report",
  "site-packages",
]);
const exampleSegments =
  /^(foo|bar|baz|qux|example|examples?\d*|sample|dummy|xyz|abc|name|new|old|slug|id|owner|repo|org|user|feature|feature-?name|module-?name|component-?name|package-?name|file-?name|file|filename|dir|folder|thing|widget|something|module|component|newfeature|(new|my|your|some)[-_]?\w*|whatever|hello|world|test-?name|topic|n)(\.\w+)*$/i;

export function isMadeOrExample(path: string): boolean {
  return path.split("/").some((segment) => generatedSegments.has(segment) || exampleSegments.test(segment) || /[A-Z]{3,}-?[NX#]+|\bN{2,}\b|XX/.test(segment));
}

/** Words before a path that make it a wish, a product or a memory. */
const takenBackBefore =
  /\b(creat\w*|add(s|ed|ing)?|new|old|your|updates|publish\w*|into|generat\w+|writ(es?|ten|ing)|wrote|output\w*|emit\w*|produc\w+|remov\w+|delet\w+|renam\w+|mov(e|ed|es|ing)|migrat\w+|legacy|former(ly)?|previous(ly)?|was|were|used to|obsolete|deprecated|no longer|missing|planned|future|propos\w+|will|would|could|might|e\.g\.?|i\.e\.?|for example|for instance|examples?|such as|like|hypothetical\w*|instead of|rather than|never|don't|do not|avoid|not|without|no|if|optional\w*|ignored?|gitignored|sav(e|es|ed|ing)|scaffold\w*|download\w*|stor(e|es|ed|ing)|cop(y|ies|ied)|install\w*|symlink\w*|mount\w*|cach\w+|imports?|resolves?( to)?|matches|named?|called|expected|extract\w*|splits?|introduc\w+|becomes?|replac\w+|equivalent|upstream|their|from the|suggested|user'?s?|repos?|repository|target|consumer|downstream|project'?s?)\b/i;
const takenBackAfter =
  /^[^.;|\n]{0,60}\b(generat\w+|gitignored|ignored|removed|deleted|does(n't| not) exist|not exist|no longer|if (it )?(is )?(present|exists?)|will be|would|is created|are created|(is|was|were|been) (re)?(moved|renamed|replaced|retired|dropped|split|merged|folded)|optional|missing|planned|not yet|absent|legacy|deprecated|e\.g\.|\(new\)|new file|nonexistent|gone|produced|written)\b/i;
/** A list under such words tells what a program makes. */
const makes = /\b(creat|generat|scaffold|add|writ|produc|output|emit|install|remov|delet|propos|plan|would|will)\w*\b[^.]*:$/i;
const windowChars = 70;

/** True where the sentence itself says that the path need not be there. */
export function isTakenBack(span: CodeSpanFact): boolean {
  // Other code spans are no words of the sentence.
  const before = span.before.replaceAll(/`[^`]*`/g, "``").slice(-windowChars);
  const after = span.after.replaceAll(/`[^`]*(`|$)/g, "``");
  const sentence = before.slice(Math.max(before.lastIndexOf(". ") + 1, before.lastIndexOf("; ") + 1));
  return (
    takenBackBefore.test(sentence) ||
    makes.test(span.lead) ||
    /https?:\/\//.test(sentence) ||
    /^\s*(format|schema)\b/.test(after) ||
    takenBackAfter.test(after) ||
    /→|->|=>|⇒/.test(`${sentence.slice(-4)}${after.slice(0, 4)}`) ||
    /^\s*(\(new\)|\[new\])/i.test(after) ||
    /\b(legacy|removed|deleted|future|planned|proposed|example|out of scope|before|migration|history|rejected|alternatives?)\b/i.test(span.heading)
  );
}

const sourceEndings = [
  ".ts",
  ".tsx",
  ".js",
  ".jsx",
  ".mjs",
  ".py",
  ".rs",
  ".go",
  ".md",
  ".java",
  ".rb",
  ".json",
  ".yml",
  ".yaml",
  ".sh",
  "/index.ts",
  "/index.js",
  "/mod.rs",
  "/__init__.py",
];
const sourceTwins: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, [".ts", ".tsx", ".jsx"]],
  [/\.mjs$/, [".mts"]],
  [/\.cjs$/, [".cts"]],
  [/\.jsx$/, [".tsx"]],
  [/\.md$/, [".mdx"]],
  [/\.d\.ts$/, [".ts"]],
];

function forms(path: string, hasEnding: boolean): readonly string[] {
  if (!hasEnding) return [path, ...sourceEndings.map((ending) => path + ending)];
  return [path, ...sourceTwins.flatMap(([pattern, twins]) => (pattern.test(path) ? twins.map((twin) => path.replace(pattern, twin)) : []))];
}

/** Where the path may be meant from: the document's folder and every folder above it. */
export function basesOf(file: string): readonly string[] {
  const bases: string[] = [];
  for (let folder = folderOf(file); folder !== ""; folder = folderOf(folder)) bases.push(folder);
  return [...bases, ""];
}

/** True where the path is there, seen from the document, any folder above it, or as the end of any path. */
export function isThere(tree: Tree, file: string, claim: PathClaim): boolean {
  const paths = forms(claim.path, claim.hasEnding);
  for (const base of basesOf(file)) {
    if (paths.some((path) => { const joined = joinPath(base, path); return joined !== undefined && tree.has(joined) !== undefined; })) return true;
  }
  return paths.some((path) => tree.endingWith(path).length > 0);
}

/** The deepest base below which the path's first folder exists: the place that the claim speaks of. */
export function anchorPlace(tree: Tree, file: string, path: string): string | undefined {
  const first = path.split("/")[0] ?? "";
  if (first === "" || first === ".." || first === ".") return undefined;
  const base = basesOf(file).find((one) => tree.has(one === "" ? first : `${one}/${first}`) === "folder");
  if (base === undefined) return undefined;
  // A long path whose first folder alone is here speaks of another repository: `packages/…`, `src/…` exist everywhere.
  const segments = path.split("/");
  const second = segments.slice(0, 2).join("/");
  if (segments.length > 4 && tree.has(base === "" ? second : `${base}/${second}`) === undefined) return undefined;
  return base === "" ? path : `${base}/${path}`;
}
