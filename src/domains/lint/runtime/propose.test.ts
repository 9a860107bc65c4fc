// A repository that declares nothing is read by the defaults of each section, and gets a proposal.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { proposeFor } from "./check.ts";

test("proposeFor() sees domains and layers where there is no configuration", async (t) => {
  const rootPath = mkdtempSync(join(tmpdir(), "inspan-propose-"));
  t.after(() => { rmSync(rootPath, { recursive: true, force: true }); });
  for (const domain of ["cart", "order"]) for (const layer of ["types", "service"]) {
    const file = join(rootPath, `src/domains/${domain}/${layer}.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `export const ${layer} = 1;\n`);
  }
  const proposal = await proposeFor({ providers: createNodeProviders({ env: process.env, statePath: join(rootPath, "state"), version: "0.0.0" }), rootPath });
  assert.deepEqual([proposal.domains, proposal.layers], [["src/domains/*"], ["types", "config", "repo", "service", "runtime", "ui"]]);
});
