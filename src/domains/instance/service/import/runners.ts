// Scripts that start several others at once (concurrently, npm-run-all, run-p): which they are. Pure.

/** Flags of concurrently that take a value behind them. */
const valued = new Set([
  "-n",
  "--names",
  "--name-separator",
  "-c",
  "--prefix-colors",
  "-p",
  "--prefix",
  "-l",
  "--prefix-length",
  "-t",
  "--timestamp-format",
  "-s",
  "--success",
  "-m",
  "--max-processes",
  "--restart-tries",
  "--restart-after",
  "--default-input-target",
  "--hide",
  "--kill-signal",
  "--kill-timeout",
  "-P",
]);

const words = (text: string): readonly string[] =>
  [...text.matchAll(/\\?"((?:[^"\\]|\\(?!"))*)\\?"|'([^']*)'|([^\s"']+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? "");

function withoutFlags(all: readonly string[]): readonly string[] {
  const rest: string[] = [];
  for (let at = 0; at < all.length; at++) {
    const word = all[at] ?? "";
    if (word.startsWith("-")) { if (valued.has(word)) at += 1; } else { rest.push(word); }
  }
  return rest;
}

/** Scripts that a name means: itself, or with a star those that fit. */
function matching(names: readonly string[], wanted: string): readonly string[] {
  if (!wanted.includes("*")) return names.includes(wanted) ? [wanted] : [];
  const pattern = new RegExp(`^${wanted.split(/\*+/).map((part) => part.replaceAll(/[^\w]/g, "\\$&")).join("[^ ]*")}$`);
  return names.filter((name) => pattern.test(name));
}

/** True for a script that starts several programs. */
export function isRunner(script: string): boolean {
  return /(?:^|[\s/])(?:concurrently|conc|npm-run-all2?|run-p|turbo)\s|(?<!&)&(?!&)/.test(script);
}

/** The scripts that a runner starts side by side; undefined where it does more than that, or starts what is no script. */
export function scriptsOf(script: string, names: readonly string[]): readonly string[] | undefined {
  const found = /^(?:[A-Z_]+=\S* )*(?:npx |cross-env (?:\S+=\S* )*)?(concurrently|conc|npm-run-all2?|run-p)\s+(.*)$/.exec(script.trim());
  if (found === null) return undefined;
  const [, runner = "", text = ""] = found;
  const all = words(text);
  const isParallel = runner === "run-p" || all.includes("--parallel") || all.includes("-p");
  let wanted: readonly string[];
  if (runner === "concurrently" || runner === "conc") {
    wanted = withoutFlags(all).map((part) => /^(?:(?:npm|pnpm|yarn|bun|node):|(?:npm|bun) run |pnpm (?:run )?|yarn (?:run )?|npm (?=start$))([\w:.*-]+)$/.exec(part)?.[1] ?? "");
  } else {
    const first = all.findIndex((word) => word === "--parallel" || word === "-p");
    if (!isParallel || (runner !== "run-p" && withoutFlags(all.slice(0, first)).length > 0)) return undefined;
    wanted = all.filter((word) => !word.startsWith("-"));
  }
  const scripts = wanted.map((one) => matching(names, one));
  return scripts.length === 0 || scripts.some((some) => some.length === 0) ? undefined : [...new Set(scripts.flat())];
}
