import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseReviewer } from "../../src/domains/review/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

for (const folder of ["docs/reviewers", "templates/init/docs/reviewers", "examples/demo-app/docs/reviewers"]) {
  for (const name of readdirSync(join(root, folder)).filter((file) => file.endsWith(".md"))) {
    test(`the reviewer ${folder}/${name} can be read`, () => {
      const parsed = parseReviewer(readFileSync(join(root, folder, name), "utf8"), `${folder}/${name}`);
      assert.equal(parsed.kind, "reviewer", JSON.stringify(parsed));
    });
  }
}
