// Our small part of the protocol against the types that the pinned Codex generates: an upgrade that breaks us fails here.
import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { codexVersion } from "../../src/domains/agent/service/codex/protocol.ts";
import { checkCodexTypes, generateCodexTypes } from "../../scripts/generate-codex-types.ts";
import { codexPath, makeTestFolder, removeFolder, repositoryRoot } from "./support.ts";

let folder = "";
before(async () => { folder = await makeTestFolder(); });
after(() => removeFolder(folder));

test("requests, answers and messages fit the generated types, and a type that does not is seen", () => {
  generateCodexTypes(codexPath, folder);
  const result = checkCodexTypes(folder);
  assert.equal(result.output, "");
  assert.ok(result.isFine && result.checks > 40, String(result.checks));
  const change = (name: string, from: string, to: string): void => {
    const path = join(folder, "v2", `${name}.ts`);
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  };
  change("TurnSteerParams", "expectedTurnId: string", "expectedTurnId: number");
  change("TokenUsageBreakdown", "cachedInputTokens: number", "cachedTokens: number");
  const broken = checkCodexTypes(folder);
  assert.ok(!broken.isFine);
  for (const name of ["expectedTurnId", "cachedInputTokens"]) assert.ok(broken.output.includes(name), broken.output);
});

test("the pinned version is the one that the driver names", () => {
  const pinned: unknown = JSON.parse(readFileSync(join(repositoryRoot, "scripts", "agents", "package.json"), "utf8"));
  assert.ok(typeof pinned === "object" && pinned !== null && "dependencies" in pinned);
  assert.equal((pinned.dependencies as Record<string, string>)["@openai/codex"], codexVersion); // our own file
});
