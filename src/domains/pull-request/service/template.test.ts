import assert from "node:assert/strict";
import { test } from "node:test";
import { lintBody } from "../../forge/index.ts";
import { fitTemplate } from "./template.ts";

const body = "## What\n\nIt adds.\n\n## Why\n\nThe issue.\n\n## Reproduction\n\n`npm test` failed.\n\n## Checks\n\n- test: passed\n\n## Review\n\n1 round, no finding.";

test("fitTemplate() fills the repository's headings in their order, keeps what they do not ask for, and passes its own lint", () => {
  const template = "<!-- thanks -->\n# Summary\n\n<!-- what? -->\n\n# Related issue\n\n# How was this tested?\n\n- [ ] unit\n\n# Screenshots\n";
  const fitted = fitTemplate(body, template);
  assert.deepEqual(fitted.split("\n").filter((line) => line.startsWith("#")), ["# Summary", "# Related issue", "# How was this tested?", "# Screenshots", "# Review"]);
  assert.match(fitted, /# How was this tested\?\n\n`npm test` failed\.\n\n- test: passed/);
  assert.deepEqual(lintBody(fitted, template), []);
  assert.equal(fitTemplate(body, "Be nice.\n"), body);
});
