// The top of the ladder where no pattern of one file can express the fault: a test over the facts of all files, proved at commits of the past, run by the check from then on.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FeedbackStats, Night } from "../../src/domains/learning/runtime/index.ts";
import { makeDreamWorld } from "../support/dream-world.ts";

const check = (folder: string, more = "") => `(files) => {
    ${more}
    const registry = files.find((one) => one.file === "src/registry.mjs");
    if (registry === undefined) return [];
    const known = new Set(registry.imports.flatMap(({ target }) => (target.kind === "file" ? [target.file] : [])));
    return files.filter(({ file }) => file.startsWith("${folder}/") && !known.has(file)).map(({ file }) => ({ file, line: 1, found: \`\${file} is not imported by src/registry.mjs\`, expected: "every one is registered", fix: \`Import \${file} in src/registry.mjs.\` }));
  }`;
const wordings: readonly (readonly [RegExp, (asked: string) => object])[] = [
  [
    /handler/,
    (asked) => ({
      title: "Handlers are registered",
      lesson: "Import every new handler in the registry.",
      why: "A handler that the registry does not know never runs.",
      test: { in: ["src/**"], check: asked.includes("cannot be used") ? check("src/handlers") : check("src/handlers", "if (process.env.SECRET) return [];") },
    }),
  ],
  [
    /view/,
    () => ({
      title: "Views are registered",
      lesson: "Import every view in the registry of views.",
      why: "A view that no registry knows is never shown.",
      test: { in: ["src/**"], check: check("src/views"), valid: [[{ file: "src/views/a.mjs", text: "" }]] },
    }),
  ],
];
const words = (asked: string) => wordings.find(([pattern]) => pattern.test(/<untrusted source="signals">[^]*?<\/untrusted>/.exec(asked)?.[0] ?? ""))?.[1](asked);
const registry = (...names: readonly string[]) => names.map((name) => `import "./handlers/${name}.mjs";\n`).join("");

test("a structural test is proved by its real cases and by the past, merged, and finds the fault when it comes again; one that is often wrong is refused", async () => {
  const asked: string[] = [];
  const world = await makeDreamWorld({
    words: (text) => { asked.push(text); return words(text); }, judge: () => [],
    files: {
      "docs/index.md": "# Documents\n",
      "docs/reviewers/registry.md":
        '---\ndescription: Looks for what never runs.\npaths: ["src/**"]\n---\n- Does the registry import every new handler?\n- Does a registry know every new view?\n',
      "src/registry.mjs": registry("a"),
      "src/handlers/a.mjs": "export const a = 1;\n",
      ...Object.fromEntries(Array.from({ length: 14 }, (_one, at) => [`src/lib/l${at}.mjs`, `export const l${at} = ${at};\n`])),
    },
  });
  try {
    const faulty = world.change("b", { "src/handlers/b.mjs": "export const b = 1;\n" });
    world.change("register b", { "src/registry.mjs": registry("a", "b") });
    const again = world.change("c", { "src/handlers/c.mjs": "export const c = 1;\n" });
    world.change("register c", { "src/registry.mjs": registry("a", "b", "c") });
    for (const name of ["v0", "v1", "v2"]) world.change(name, { [`src/views/${name}.mjs`]: `export const ${name} = 1;\n` });
    await world.tell([
      { title: "the new handler is not in the registry, it never runs", link: "src/handlers/b.mjs:1", commit: faulty },
      { title: "registry lacks the new handler again, so it never runs", link: "src/handlers/c.mjs:1", commit: again },
      { title: "a view that no registry knows is never shown", link: "src/views/v0.mjs:1" }, { title: "never shown: no registry knows this view", link: "src/views/v0.mjs:1" },
    ]);
    const run = await world.inspan(["dream", "--json", "--unsandboxed"]);
    assert.equal(run.exitCode, 0, run.stderr);
    const night = JSON.parse(run.stdout) as Night; // our own output
    const [lint] = night.decisions.filter(({ action }) => action === "proposed");
    const id = lint?.guardrail ?? "";
    assert.deepEqual(
      [lint?.rung, lint?.files, lint?.replay?.precision, lint?.replay?.found, lint?.replay?.changes],
      ["lint", [`.inspan/rules/lesson-${id}.rule.mjs`, `.inspan/guardrails/${id}.json`], 1, 2, 7],
      JSON.stringify(night.decisions),
    );
    assert.match(asked.find((text) => text.includes("cannot be used")) ?? "", /test\.check: it speaks of `process`, expected a function of its facts and nothing else/);
    assert.match(
      night.decisions.find(({ title }) => title.includes("view"))?.reason ?? "",
      /^in the last 7 changes it would have been right in 1 of 3 places \(33 %\), expected 95 %/,
      JSON.stringify(night.decisions),
    );
    const module = world.atOrigin("show", `${lint?.pullRequest?.branch ?? ""}:.inspan/rules/lesson-${id}.rule.mjs`);
    for (const part of ["Real cases: src/handlers/c.mjs:1, src/handlers/b.mjs:1.", "export const b = 1;", "src/registry.mjs"])
      assert.ok(module.includes(part), `${part} in ${module}`);

    const merged = await world.inspan(["pr", "merge", lint?.pullRequest?.id ?? "", "--unsandboxed"]);
    assert.equal(merged.exitCode, 0, merged.stderr + merged.stdout);
    world.git("pull", "--quiet", "origin", "main");
    const clean = await world.inspan(["check"]);
    assert.equal(clean.exitCode, 0, clean.stdout);
    world.write({ "src/handlers/d.mjs": "export const d = 1;\n" });
    const found = await world.inspan(["check"]);
    assert.deepEqual(
      [found.exitCode, found.stdout.includes("src/handlers/d.mjs is not imported by src/registry.mjs"), found.stdout.includes(`lesson-${id}`)],
      [1, true, true],
      found.stdout,
    );
    const stats = JSON.parse((await world.inspan(["feedback", "stats", "--json", "--time"])).stdout) as FeedbackStats; // our own output
    assert.deepEqual(stats.guardrails.map(({ rung, recurrences, answers }) => [rung, recurrences, answers]), [["lint", 0, 2]]);
  } finally { await world.close(); }
});
