// How our import graph and dependency-cruiser's agree: `node scripts/compare-edges.ts <dependency-cruiser.json> <inspan-graph.json> [folder]`. Each difference gets a class.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Theirs {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string; readonly module: string; readonly couldNotResolve?: boolean }[];
  }[];
}
interface Ours {
  readonly files: readonly { readonly file: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly kind: string; readonly specifier: string }[];
}

const [theirPath, ourPath, folder = "", ...flags] = process.argv.slice(2);
if (theirPath === undefined || ourPath === undefined) {
  process.stderr.write(
    "Cannot compare: two files are needed.\nNext: depcruise --output-type json packages > d.json; inspan graph --format json > g.json; node scripts/compare-edges.ts d.json g.json packages/\n",
  );
  process.exit(2);
}
const theirs = JSON.parse(readFileSync(theirPath, "utf8")) as Theirs; // printed by dependency-cruiser
const ours = JSON.parse(readFileSync(ourPath, "utf8")) as Ours; // the form of CONTRACTS

const sources = new Set(ours.files.map((one) => one.file));
const scanned = new Set(theirs.modules.map((one) => one.source));
const isIn = (from: string, to: string): boolean => from.startsWith(folder) && sources.has(from) && sources.has(to) && scanned.has(from);
const theirEdges = new Map(
  theirs.modules.flatMap((one) =>
    one.dependencies.filter((to) => isIn(one.source, to.resolved)).map((to) => [`${one.source}\0${to.resolved}`, to.module] as const),
  ),
);
const ourEdges = new Map(ours.edges.filter((edge) => isIn(edge.from, edge.to)).map((edge) => [`${edge.from}\0${edge.to}`, edge] as const));
const common = [...theirEdges.keys()].filter((edge) => ourEdges.has(edge));
const onlyTheirs = [...theirEdges].filter(([edge]) => !ourEdges.has(edge));
const onlyOurs = [...ourEdges].filter(([edge]) => !theirEdges.has(edge));
const unresolvedByThem = new Set(theirs.modules.flatMap((one) => one.dependencies.filter((to) => to.couldNotResolve === true).map((to) => `${one.source}\0${to.module}`)));

function classOfOurs(edge: Ours["edges"][number]): string {
  const isUnresolved = unresolvedByThem.has(`${edge.from}\0${edge.specifier}`);
  if (/^\.{0,2}\//.test(edge.specifier))
    return /(^|\/)(dist|build|lib|out)\//.test(edge.specifier)
      ? "a relative path into an output that is not built: mapped back to its source"
      : "a relative path that they do not resolve";
  if (edge.specifier.startsWith("#")) return "an import of the package's own imports field";
  return isUnresolved ? "a workspace package by name: they cannot resolve it without an install" : "a name that they take for another target";
}

function classOfTheirs(edge: string): string {
  const [from = ""] = edge.split("\0");
  return /\.(input|output)\.[jt]sx?$/.test(from) ? "a fixture that the root tsconfig resolves; ours asks the nearest one" : "unexplained";
}

const countBy = (classes: readonly string[]): readonly (readonly [string, number])[] =>
  [...new Set(classes)].map((name) => [name, classes.filter((one) => one === name).length] as const).sort((left, right) => right[1] - left[1]);
const share = theirEdges.size === 0 ? Number.NaN : (common.length / theirEdges.size) * 100;
const rows = [
  ...countBy(onlyTheirs.map(([edge]) => classOfTheirs(edge))).map(([name, count]) => `| only dependency-cruiser: ${name} | ${count} |`),
  ...countBy(onlyOurs.map(([, edge]) => classOfOurs(edge))).map(([name, count]) => `| only Inspan: ${name} | ${count} |`),
];
const table = [
  `| edges between files${folder === "" ? "" : ` of ${folder}`} | |`,
  "|---|---|",
  `| dependency-cruiser | ${theirEdges.size} |`,
  `| Inspan | ${ourEdges.size} |`,
  `| common | ${common.length} (${share.toFixed(2)} % of theirs) |`,
  ...rows,
].join("\n");
process.stdout.write(`${table}\n`);
const flag = (name: string): string | undefined => flags.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);

interface BenchLine {
  readonly scenario: string;
  readonly machine: string;
  readonly commit: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly peers: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The lines that `npm run bench -- … --json` printed, as tables. */
function renderBench(path: string): string {
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as BenchLine); // the form of CONTRACTS
  return lines.map(({ scenario, machine, commit, figures, peers }) => {
    const rows = [["", figures] as const, ...Object.entries(peers)].flatMap(([peer, values]) =>
      Object.entries(values).map(([name, value]) => `| ${peer === "" ? name : `${peer}: ${name}`} | ${value} |`),
    );
    return [`| ${scenario} (${commit}; ${machine}) | |`, "|---|---|", ...rows].join("\n");
  }).join("\n\n");
}

const target = flag("write");
if (target !== undefined) {
  const bench = flag("bench");
  const parts = [
    "# Figures of the check", `On ${flag("subject") ?? "a public repository"}. Written by \`npm run figures:check\` (scripts/check-figures.ts).`,
    "## Edges", table, ...(bench === undefined ? [] : ["## Times", flag("remark") ?? "", renderBench(bench)]),
  ];
  writeFileSync(join(process.cwd(), target), `${parts.filter((part) => part !== "").join("\n\n")}\n`);
}
process.exit(share >= 99.5 ? 0 : 1);
