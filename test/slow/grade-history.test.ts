// Grades that are made from what has changed are those of a fresh look: of a history that is read without a checkout, and of a checkout that is graded again and again.
import { execFileSync } from "node:child_process";
import assert from "node:assert/strict";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { GradeAnswer } from "../../src/domains/quality/runtime/index.ts";
import { makePlace, type Place } from "../support/command-line.ts";

const yaml = (thresholds = "") => `version: 1\ndomains: src/domains/*\nlayers: [types, service, ui]\n${thresholds}`;
const helper = (name: string, by: number) =>
  `export function ${name}(values: readonly number[]): number {\n  let sum = 0;\n  for (const value of values) {\n    if (value > ${by}) sum += value * 2;\n    else if (value < 0) sum -= value;\n    else sum += ${by};\n  }\n  return sum;\n}\n`;
const first: Readonly<Record<string, string>> = {
  "inspan.yaml": yaml(),
  "package.json": '{ "name": "house", "type": "module" }\n',
  "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }\n',
  "docs/index.md": "# Documents\n",
  ...Object.fromEntries(["cart", "order", "stock"].flatMap((domain, at) => [
    [`src/domains/${domain}/types/${domain}.ts`, `export interface ${domain} { readonly id: string }\nexport const ${domain}Max = ${at};\n`],
    [
      `src/domains/${domain}/service/price.ts`,
      `import { ${domain}Max } from "../types/${domain}.ts";\n${helper(`${domain}Price`, at)}export const ${domain}Limit = ${domain}Max;\n`,
    ],
    [`src/domains/${domain}/service/price.test.ts`, `import { ${domain}Price } from "./price.ts";\n${domain}Price([1]);\n`],
    [`src/domains/${domain}/ui/page.ts`, `import { ${domain}Limit } from "@/domains/${domain}/service/price.ts";\nexport const ${domain}Page = ${domain}Limit;\n`],
    [`src/domains/${domain}/index.ts`, `export { ${domain}Price } from "./service/price.ts";\n`],
  ])),
};

/** A step, by its number; each is a commit of its own. */
const steps: readonly ((place: Place) => void)[] = [
  (place) => { place.write(first); },
  (place) => { place.write({ "src/domains/cart/types/cart.ts": "import { cartPage } from \"../ui/page.ts\";\nexport const cartMax: any = cartPage;\n" }); },
  (place) => { place.write({ "src/domains/order/service/copied.ts": helper("copied", 1), "src/domains/order/service/more.ts": helper("more", 1) }); },
  (place) => { place.git("mv", "src/domains/stock/ui/page.ts", "src/domains/stock/ui/view.ts"); },
  (place) => {
    place.write({
      "docs/cart.md": '---\ncovers: ["src/domains/cart/**"]\nverified: 2020-01-01\n---\n# Cart\n',
      "coverage/lcov.info": "SF:src/domains/stock/service/price.ts\nDA:1,1\nDA:2,0\nDA:3,0\nend_of_record\n",
    });
  },
  (place) => {
    symlinkSync("../../order/service", join(place.path, "src/domains/stock/service/linked"));
    place.write({ "src/domains/stock/service/uses.ts": 'import { copied } from "./linked/copied.ts";\nexport const uses = copied;\n' });
  },
  (place) => { writeFileSync(join(place.path, "src/domains/cart/service/latin.ts"), Buffer.from("export const name = \"caf\xe9\";\nexport const twice = 2;\n", "latin1")); },
  (place) => { place.write({ "inspan.yaml": yaml("quality:\n  thresholds: { coverage: { D: 0.1 } }\n  because: the stock is written anew\n") }); },
  (place) => {
    rmSync(join(place.path, "src/domains/order/service/copied.ts"));
    place.write({ "tsconfig.json": '{ "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }\n' });
  },
  (place) => { place.write({ "src/domains/cart/service/broken.ts": "export const broken = (;\n", "inspan.yaml": "version: 1\ndomains: [\n" }); },
  (place) => {
    rmSync(join(place.path, "src/domains/cart/service/broken.ts"));
    place.write({
      "inspan.yaml": yaml(),
      "packages/tool/package.json": '{ "name": "tool", "exports": "./main.ts" }\n',
      "packages/tool/main.ts": "export const tool = 1;\n",
    });
  },
  (place) => { rmSync(join(place.path, "inspan.yaml")); },
  (place) => { place.write({ ...first, "src/domains/cart/ui/page.ts": "export const cartPage: unknown = 1;\n" }); },
];

/** Dated by its author and its committer. */
function commitAt(place: Place, at: string, message: string): void {
  const tree = place.git("write-tree"), parent = place.git("for-each-ref", "--format=%(objectname)", "refs/heads/main");
  const person = `Ada <ada@example.org> ${Math.floor(Date.parse(at) / 1000)} +0000`;
  const text = `tree ${tree}\n${parent === "" ? "" : `parent ${parent}\n`}author ${person}\ncommitter ${person}\n\n${message}\n`;
  const commit = execFileSync("git", ["hash-object", "-w", "-t", "commit", "--stdin"], { cwd: place.path, input: text, encoding: "utf8" }).trim();
  place.git("update-ref", "refs/heads/main", commit);
}

const read = (text: string): GradeAnswer => JSON.parse(text) as GradeAnswer; // our own form

test("a history without a checkout, and a checkout that is graded after each commit, say of every commit what a fresh look says", async (t) => {
  const place = makePlace(t), tree = makePlace(t);
  const beginMs = Date.now() - (steps.length + 1) * 86_400_000;
  for (const [index, step] of steps.entries()) {
    step(place);
    place.git("add", "-A");
    const at = new Date(beginMs + index * 86_400_000).toISOString();
    commitAt(place, at, `step ${index}`);
  }
  const commits = place.git("rev-list", "--reverse", "HEAD").split("\n");
  const walked = await place.inspan(["grade", "--since", "1y", "--json"]);
  assert.equal(walked.exitCode, 0, walked.stderr);
  const { history, failed } = read(walked.stdout);
  tree.git("fetch", "--quiet", place.path, "main");
  const different: string[] = [], refused: string[] = [];
  for (const [index, commit] of commits.entries()) {
    tree.git("checkout", "--quiet", "--detach", "--force", commit);
    const again = await tree.inspan(["grade", "--json"]);
    const fresh = await tree.inspan(["grade", "--json"], { env: { INSPAN_HOME: join(tree.statePath, `fresh-${index}`) } });
    if (fresh.exitCode !== 0) { refused.push(commit); if (again.exitCode === 0) different.push(`step ${index}: only a fresh look fails`); continue; }
    const wanted = read(fresh.stdout).record;
    const seen = history.find((one) => one.commit === commit);
    for (const [how, record] of [["in the history", seen], ["again", read(again.stdout).record]] as const) {
      try { assert.deepEqual({ ...record, committedAt: "" }, { ...wanted, committedAt: "" }); } catch (error) { different.push(`step ${index} ${how}: ${String(error)}`); }
    }
  }
  assert.deepEqual([different, failed.map(({ commit }) => commit)], [[], refused], different.join("\n"));
  assert.deepEqual([refused.length, new Set(history.map(({ overall, debtRatio }) => `${overall} ${debtRatio}`)).size > 5], [1, true]);
});

test("clocks that jump, a rewritten history and a shallow clone: the drop is named at its commit, strange records are counted, what is not known is not said", async (t) => {
  const place = makePlace(t), clone = makePlace(t, { isRepository: false });
  const day = 86_400_000, now = Date.now();
  const commit = (changed: Readonly<Record<string, string>>, atMs: number) => {
    place.write(changed);
    place.git("add", "-A");
    commitAt(place, new Date(atMs).toISOString(), "step");
    return place.git("rev-parse", "HEAD");
  };
  commit(first, now - 5 * day);
  const bad = commit({ "src/domains/cart/types/cart.ts": "import { cartPage } from \"../ui/page.ts\";\nexport const cartMax = cartPage;\n" }, Date.parse("2001-01-01"));
  commit({ "docs/more.md": "# More\n" }, now + 400 * day);
  commit({ "docs/last.md": "# Last\n" }, now - 2 * day);
  const jumped = read((await place.inspan(["grade", "--since", "1y", "--json"])).stdout);
  assert.deepEqual(
    [jumped.history.length, jumped.drops.map((drop) => [drop.commit, drop.domain, drop.layer, drop.to])],
    [
      4,
      [
        [bad, "cart", "service", "F"],
        [bad, "cart", "types", "F"],
      ],
    ],
  ); // a circle is of both

  const written = await place.inspan(["grade", "--write"]);
  assert.equal(written.exitCode, 0, written.stderr);
  place.git("add", "-A");
  commitAt(place, new Date(now - day).toISOString(), "grades");
  place.git("reset", "--quiet", "--hard", "HEAD");
  // The same files with another past: no commit that was graded is in it.
  place.git("update-ref", "refs/heads/main", place.git("rev-list", "--max-parents=0", "HEAD"));
  commitAt(place, new Date(now - day).toISOString(), "rewritten");
  const rewritten = read((await place.inspan(["grade", "--json"])).stdout);
  assert.deepEqual([rewritten.strayRecords, rewritten.history.length, rewritten.drops], [1, 1, []]);
  assert.match((await place.inspan(["grade"])).stdout, /^1 record is of commits that this history does not have/m);

  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${place.path}`, join(clone.path, "shallow")], { stdio: "ignore" });
  const shallow = await clone.inspan(["grade", "--since", "1y", "--json"], { cwd: join(clone.path, "shallow") });
  assert.equal(shallow.exitCode, 0, shallow.stderr);
  const { record, history, strayRecords, isShallow } = read(shallow.stdout);
  assert.deepEqual([isShallow, rewritten.isShallow], [true, false]);
  // The record of a commit that is not here may be of one before.
  assert.deepEqual([new Set(record.cells.map(({ churn }) => churn)), history.length, strayRecords], [new Set([undefined]), 2, 0]);
});
