// What a check proposes for a repository without inspan.yaml: seen in its files, manifests and imports, and valid as it is printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { renderProposal } from "../index.ts";
import { readWorkspaces } from "../service/proposal/workspaces.ts";
import { orderLayers } from "../service/proposal/layer-names.ts";
import { buildTree, configurationOf, shortly } from "../../../../test/support/lint-house.ts";
import { proposeFor, runCheck } from "./index.ts";

type Files = Readonly<Record<string, string>>;
interface Case { readonly files: Files; readonly yaml: RegExp; readonly findings?: Readonly<Record<string, number>> }
const value = "export const a = 1;\n";

const table: Readonly<Record<string, Case>> = {
  "domains with layers directly below, wherever they lie; a forbidden import is counted": {
    files: {
      "lib/core/rooms/types.ts": 'import "./service/a.ts";\n',
      "lib/core/rooms/service/a.ts": value,
      "lib/core/booking/types.ts": value,
      "lib/core/booking/ui.ts": 'import "../rooms/types.ts";\n',
    },
    yaml: /^domains: lib\/core\/\*\n.*\nlayers: \[types, config, repo, service, runtime, ui\]$/m, findings: { layers: 1, domains: 1, providers: 0 },
  },
  "layers of other names in the order in which the fewest imports look forward": {
    files: {
      "src/a/models/x.py": "", "src/a/services/y.py": "from a.models import x\n", "src/a/api/z.py": "from a.services import y\n",
      "src/b/models/x.py": "", "src/b/services/y.py": "from b.models import x\n", "src/b/api/z.py": "from b.services import y\n",
    },
    yaml: /^domains: src\/\*\n.*\nlayers: \[models, services, api\]$/m, findings: { layers: 0, domains: 0, providers: 0 },
  },
  "a usual place of domains without layers": {
    files: { "src/features/login/index.ts": value, "src/features/cart/index.ts": 'import "../login/index.ts";\n' },
    yaml: /^domains: src\/features\/\*\n.*\n# layers:/m,
    findings: { layers: 0, domains: 0, providers: 0 },
  },
  "one house without domains": {
    files: { "app/models/a.py": "", "app/services/b.py": "import app.models.a\n", "app/api/c.py": "" },
    yaml: /^domains: app\n.*\nlayers: \[models, services, api\]$/m,
  },
  "workspaces of package.json, with the doors that others come in by": {
    files: {
      "package.json": JSON.stringify({ workspaces: ["libs/*", "apps/web"] }),
      "libs/a/package.json": JSON.stringify({ name: "@x/a", exports: { ".": "./src/index.ts", "./client": "./src/exports/client.ts" } }),
      "libs/a/src/index.ts": value,
      "libs/a/src/exports/client.ts": value,
      "libs/a/src/inside.ts": value,
      "apps/web/package.json": JSON.stringify({ name: "web" }),
      "apps/web/src/main.ts": 'import "@x/a/client";\nimport "../../../libs/a/src/inside.ts";\n',
    },
    yaml: /^domains: \{ path: \["?libs\/\*"?, apps\/web\], doors: \[\{ path: "index\.\*" \}, \{ path: "src\/index\.\*" \}, \{ path: "src\/exports\/\*" \}\] \}$/m,
    findings: { layers: 0, domains: 1, providers: 0 },
  },
  "a workspace of Cargo": {
    files: {
      "Cargo.toml": '[workspace]\nmembers = [\n  "crates/*", # all\n]\n',
      "crates/a/Cargo.toml": '[package]\nname = "a"\n',
      "crates/a/src/lib.rs": "",
      "crates/b/Cargo.toml": '[package]\nname = "b"\n',
      "crates/b/src/lib.rs": "",
    },
    yaml: /^# Seen: the workspace of Cargo\.toml has 2 members[^]*^domains: \{ path: crates\/\*/m,
  },
  "a workspace of go.work": {
    files: {
      "go.work": "go 1.22\n\nuse (\n\t./api // first\n\t./store\n)\n",
      "api/go.mod": "module x/api\n",
      "api/a.go": "package api\n",
      "store/go.mod": "module x/store\n",
      "store/s.go": "package store\n",
    },
    yaml: /^domains: \{ path: \[api, store\]/m,
  },
  "a workspace of uv": {
    files: {
      "pyproject.toml": '[project]\nname = "x"\n[tool.uv.workspace]\nmembers = ["parts/*"]\nexclude = ["parts/old"]\n',
      "parts/a/pyproject.toml": "",
      "parts/a/src/a/__init__.py": "",
      "parts/b/pyproject.toml": "",
      "parts/b/src/b/__init__.py": "",
    },
    yaml: /^domains: \{ path: parts\/\*/m,
  },
  "a workspace of pnpm at any depth becomes the folders that hold members": {
    files: {
      "pnpm-workspace.yaml": "packages:\n  - 'pkgs/**'\n  - '!pkgs/old'\n",
      "pkgs/one/a/package.json": "{}",
      "pkgs/one/a/i.ts": value,
      "pkgs/b/package.json": "{}",
      "pkgs/b/i.ts": value,
    },
    yaml: /^domains: \{ path: \[pkgs\/\*, pkgs\/one\/\*\]|^domains: \{ path: \[pkgs\/one\/\*, pkgs\/\*\]/m,
  },
  "nothing that goes by a usual name": {
    files: { "src/a.ts": value, "tests/models/a.ts": value, "tests/services/a.ts": value, "tests/api/a.ts": value },
    yaml: /^# domains: src\/domains\/\*$/m,
  },
};

for (const [name, { files, yaml, findings }] of Object.entries(table)) {
  test(`proposes: ${name}`, async (t) => {
    const house = await buildTree(t, files);
    const proposal = await proposeFor({ providers: house.providers, rootPath: house.rootPath });
    const text = renderProposal(proposal);
    assert.match(text, yaml);
    if (findings !== undefined) assert.deepEqual(proposal.findings, findings);
    // What is printed is a configuration, and finds what was counted.
    const report = await house.check(text);
    if (findings !== undefined)
      assert.deepEqual(
        {
          layers: 0,
          domains: 0,
          providers: 0,
          ...Object.fromEntries(["layers", "domains"].map((rule) => [rule, report.findings.filter((one) => one.rule === rule).length])),
        },
        findings,
        shortly(report).join("\n"),
      );
  });
}

test("a check without inspan.yaml carries the proposal with the rules of another tool, one with it, or of a part, does not", async (t) => {
  const house = await buildTree(t, {
    "src/domains/a/types.ts": value,
    "src/domains/a/ui.ts": 'import "./types.ts";\n',
    ".dependency-cruiser.cjs":
      'module.exports = { forbidden: [{ name: "no-x", severity: "error", from: { path: "^src/domains/a" }, to: { path: "^lib/" } }] };\n',
  });
  const options = { providers: house.providers, rootPath: house.rootPath };
  const none = { ...configurationOf("version: 1"), path: undefined };
  const bare = await runCheck({ ...options, configuration: none });
  assert.deepEqual([bare.proposal?.domains, bare.proposal?.imported?.file], [["src/domains/*"], ".dependency-cruiser.cjs"]);
  assert.equal((await runCheck({ ...options, configuration: none, paths: ["src"] })).proposal, undefined);
  assert.equal((await runCheck({ ...options, configuration: configurationOf("version: 1") })).proposal, undefined);
});

test("readWorkspaces() leaves out what leads outside, what is no list, and manifests that cannot be read", () => {
  const read = (files: Files) => readWorkspaces((file) => files[file]).map(({ manifest, globs }) => `${manifest} ${globs.join(" ")}`);
  assert.deepEqual(read({ "package.json": "{ no", "go.work": "use .\n", "Cargo.toml": "[package]\nmembers = ['x']\n" }), []);
  assert.deepEqual(read({ "package.json": '{"workspaces":{"packages":["./a/","../b","/c","d/*"]}}' }), ["package.json a d/*"]);
  assert.deepEqual(read({ "pnpm-workspace.yaml": "catalog:\n  - no\npackages:\n- 'a/*'\n  # - b\n  - \"c\" # x\nother: 1\n" }), ["pnpm-workspace.yaml a/* c"]);
});

test("orderLayers() follows the imports where they speak, and the usual order where they do not", () => {
  const order = (seen: readonly string[], edges: Readonly<Record<string, number>>) => orderLayers(seen, (from, to) => edges[`${from} ${to}`] ?? 0).join(" ");
  assert.equal(order(["api", "models", "services"], {}), "models services api");
  assert.equal(order(["api", "models", "services"], { "models services": 3, "services models": 1 }), "services models api");
  assert.equal(order(["ui", "types"], { "types ui": 9 }), "types config repo service runtime ui");
});
