// Commands that a document names, from code spans and shell fences: scripts of packages, targets of make, recipes of just. Pure.
import type { DocFacts } from "../../types/document.ts";

export interface NamedCommand {
  /** `maybe-script`: a package manager that also runs programs by this form. */
  readonly runner: "script" | "maybe-script" | "make" | "just";
  readonly name: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const shells = new Set(["", "sh", "bash", "shell", "console", "zsh", "shell-session", "terminal"]);
const script =
  /^(npm|pnpm|yarn|bun)(?:\s+(?:--?(?:silent|workspaces|recursive|s|r|w|prefix|dir|filter|workspace|C|F)(?:[= ](?!run\b)[\w@./*{}!^-]+)?))*\s+(?:run|run-script)\s+(?:--?[\w-]+\s+)*([\w][\w:./-]*)/;
const short = /^(pnpm|yarn)\s+([a-z][\w:-]*)(?=\s|$)/;
const make = /^make\s+(?:-\w+\s+)*([\w][\w./-]*)(?=\s|$)/;
const just = /^just\s+([a-z][\w-]*)(?=\s|$)/;
/** Words of the package managers themselves. */
const own = new Set(
  "add audit bin cache config create dedupe deploy dlx doctor env exec fetch help import info init install install-test i licenses link list login logout ls node outdated pack patch patch-commit prune publish rebuild remove root run run-script server setup start store test unlink up update upgrade version versions view why workspace workspaces global plugin plugins set npm npx approve-builds ignored-builds self-update changeset catalog-update".split(
    " ",
  ),
);

function readOne(text: string): Pick<NamedCommand, "runner" | "name" | "text"> | undefined {
  const bare = text.trim().replace(/^[$>%]\s+/, "").replace(/^(?:[A-Z_][A-Z0-9_]*=\S*\s+)+/, "").replace(/^(?:sudo|time|corepack)\s+/, "");
  if (bare.length > 400 || /[<{[]|\.\.\.|…/.test(bare.split(/\s+/).slice(0, 4).join(" "))) return undefined;
  const run = script.exec(bare);
  if (run?.[2] !== undefined) return isName(run[2]) ? { runner: "script", name: run[2], text: run[0] } : undefined;
  const brief = short.exec(bare);
  if (brief?.[2] !== undefined) return own.has(brief[2]) ? undefined : { runner: "maybe-script", name: brief[2], text: brief[0] };
  const target = make.exec(bare);
  if (target?.[1] !== undefined) return /^[A-Z_]+=/.test(target[1]) || !/^[\w][\w-]*$/.test(target[1]) ? undefined : { runner: "make", name: target[1], text: target[0] };
  const recipe = just.exec(bare);
  return recipe?.[1] === undefined ? undefined : { runner: "just", name: recipe[1], text: recipe[0] };
}

const isName = (name: string): boolean => !/^(script|name|foo|bar|x)$/i.test(name) && !name.endsWith(":") && !/[./]$/.test(name);

/** In source order; one for each place. Prose is not read: "make sure" is no command. */
export function readCommands(doc: DocFacts): readonly NamedCommand[] {
  const spans = doc.codeSpans.flatMap((span) =>
    split(span.text).flatMap((part) => {
      const one = readOne(part);
      return one === undefined ? [] : [{ ...one, line: span.line, column: span.column }];
    }),
  );
  const fenced = doc.fences.filter((fence) => shells.has(fence.language)).flatMap((fence) => fence.text.split("\n").flatMap((line, at) =>
    split(line.replace(/\s#\s.*$/, "").replace(/^\s*#.*$/, "")).flatMap((part) => { const one = readOne(part); return one === undefined ? [] : [{ ...one, line: fence.line + at + 1, column: Math.max(1, line.indexOf(one.text) + 1) }]; })));
  return [...spans, ...fenced];
}

const split = (line: string): readonly string[] => line.split(/&&|\|\||;|\|/);
