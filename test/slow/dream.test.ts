// Whole nights: signals become guardrails one rung above what stands, each as a pull request with its proof; a merged rule stops the fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Night } from "../../src/domains/learning/runtime/index.ts";
import type { CliRun } from "../support/inspan-process.ts";
import { makeDreamWorld, type DreamWorld } from "../support/dream-world.ts";

const bad = (name: string, host: string) => `export async function ${name}() {\n  const answer = await fetch("${host}");\n  return answer.json();\n}\n`;
const good = (name: string, host: string) => `export async function ${name}() {\n  const answer = await fetch("${host}", { signal: AbortSignal.timeout(5_000) });\n  return answer.json();\n}\n`;

const fetchRule = { language: "JavaScript", rule: { pattern: "fetch($URL)" }, message: "fetch($URL) has no timeout", note: "Pass { signal: AbortSignal.timeout(…) }.", expected: "every fetch has a timeout", files: ["src/**"], valid: ['fetch("x", { signal })'], invalid: ['fetch("x")'] };
const wordings: readonly (readonly [RegExp, object])[] = [
  [/fetch/, { title: "Every fetch has a timeout", lesson: "Give every fetch a timeout signal.", why: "A fetch without a timeout hangs the worker.", rule: fetchRule }],
  [/email/, { title: "No customer email in logs", lesson: "Never write a customer email address to the logs.", why: "An email address is personal data of a customer." }],
  [/migration/, { title: "Migrations go down", lesson: "Write a down migration for every migration.", why: "A migration without its down part cannot be rolled back." }],
  [/aria-label/, { title: "Icon buttons have a name", lesson: "Give every icon button an accessible name by aria-label.", why: "A screen reader says only button." }],
];
const words = (asked: string) => wordings.find(([pattern]) => pattern.test(/<untrusted source="signals">[^]*?<\/untrusted>/.exec(asked)?.[0] ?? ""))?.[1];

const files = {
  "AGENTS.md": "# Map\n\n- Every migration needs a down migration.\n", "docs/index.md": "# Documents\n\n- [frontend](frontend.md)\n", "docs/frontend.md": "# Frontend\n\nAn icon button needs an accessible name: aria-label.\n",
  "docs/reviewers/safety.md": "---\ndescription: Looks for what hangs.\npaths: [\"src/**\"]\n---\n- Has every fetch a timeout, so that no worker hangs?\n", "src/start.mjs": "export const start = 1;\n",
};

const nightOf = (run: CliRun): Night => JSON.parse(run.stdout) as Night; // our own output
async function told(world: DreamWorld, args: readonly string[] = []): Promise<Night> {
  const run = await world.inspan(["dream", "--json", "--unsandboxed", ...args]);
  assert.equal(run.exitCode, 0, run.stderr);
  return nightOf(run);
}
const short = (night: Night) => night.decisions.map(({ action, rung, title }) => [action, rung ?? "", title.split(" ").slice(0, 4).join(" ")].join(" | ")).sort();

test("four causes climb one rung each, a merged rule stops its fault, and the next night is empty", async () => {
  const world = await makeDreamWorld({ files, words });
  try {
    world.change("quotes", { "src/quote.mjs": bad("quote", "https://quotes.example") });
    const faulty = world.change("mail", { "src/mail.mjs": bad("mail", "https://mail.example"), "src/other.mjs": "export const other = 2;\n" });
    world.change("mend quotes", { "src/quote.mjs": good("quote", "https://quotes.example") });
    world.change("mend mail", { "src/mail.mjs": good("mail", "https://mail.example") });
    await world.tell([
      { title: "This fetch has no timeout, the worker hangs", link: "src/quote.mjs:2", commit: faulty }, { title: "fetch without a timeout hangs the worker again", link: "src/mail.mjs:2", commit: faulty }, { title: "please: a timeout for each fetch in the worker" },
      { title: "customer email address ends up in the logs" }, { title: "the logs contain a customer email address" },
      { title: "down migration missing for orders" }, { title: "this migration has no down migration" },
      { title: "icon button needs an accessible name (aria-label)" }, { title: "aria-label missing: the icon button has no accessible name" },
      { title: "rename this variable", text: "x is no name" },
    ]);
    const dry = await told(world, ["--dry-run", "--max", "8"]);
    assert.deepEqual([short(dry), dry.proposed, world.atOrigin("branch", "--list", "inspan/*").trim()], [[
      "proposed | document | down migration missing for", "proposed | lint | This fetch has no", "proposed | prompt | customer email address ends", "proposed | reviewer | icon button needs an", "waiting |  | rename this variable",
    ], 4, ""]);

    const night = await told(world, ["--max", "3"]);
    assert.equal(night.proposed, 3);
    const [lint] = night.decisions.filter(({ rung }) => rung === "lint");
    assert.deepEqual([lint?.replay?.precision, lint?.replay?.found, lint?.replay?.wrong], [1, 2, 0]);
    const rule = world.atOrigin("show", `${lint?.pullRequest?.branch ?? ""}:.inspan/rules/lesson-${lint?.guardrail ?? ""}.yaml`);
    for (const real of ["https://quotes.example", "https://mail.example", "AbortSignal.timeout(5_000)"]) assert.ok(rule.includes(real), `${real} in ${rule}`);
    const shown = (await world.inspan(["pr", "show", lint?.pullRequest?.id ?? ""])).stdout;
    for (const part of ["Signals (3)", "This fetch has no timeout", "docs/reviewers/safety.md:5", "2 right, 0 wrong"]) assert.ok(shown.includes(part), `${part} in ${shown}`);

    // Same night again: the limit holds. Nothing is proposed twice.
    const again = await told(world, ["--max", "3"]);
    assert.deepEqual([again.proposed, again.decisions.filter(({ reason }) => reason.includes("waits for a person")).length], [0, 3]);

    const merged = await world.inspan(["pr", "merge", lint?.pullRequest?.id ?? "", "--unsandboxed"]);
    assert.equal(merged.exitCode, 0, merged.stderr + merged.stdout);
    world.git("pull", "--quiet", "origin", "main");
    assert.equal((await world.inspan(["check"])).exitCode, 0);
    world.git("checkout", "--quiet", faulty, "--", "src/mail.mjs");
    const replayed = await world.inspan(["check"]);
    assert.deepEqual([replayed.exitCode, replayed.stdout.includes(`lesson-${lint?.guardrail ?? ""}`)], [1, true], replayed.stdout);
  } finally { await world.close(); }
});
