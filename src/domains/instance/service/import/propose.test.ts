// Each importer on the files that people have, and the choice between them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { servicesSection } from "../../config/index.ts";
import type { ImportProposal } from "../../types/index.ts";
import { proposeServices, renderProposal } from "./propose.ts";

function propose(texts: Readonly<Record<string, string>>, files: readonly string[] = []): ImportProposal {
  const proposal = proposeServices(new Map(Object.entries(texts)), [...Object.keys(texts), ...files]);
  const checked = servicesSection.schema.safeParse(proposal.services);
  assert.deepEqual(checked.success ? [] : checked.error.issues, [], "what is proposed is a declaration that we accept");
  return proposal;
}
const reasons = (proposal: ImportProposal) => proposal.notImported.map(({ file, what, why }) => `${file}: ${what}: ${why}`);

describe("proposeServices()", () => {
  test("launch.json: program, words, folder; the port that is written there becomes a leased one", () => {
    const text = `{ // what Claude starts
      "version": "0.0.1", "configurations": [
        { "name": "Web app", "runtimeExecutable": "npm", "runtimeArgs": ["run", "dev", "--", "--port", "5173"], "port": 5173, "cwd": "\${workspaceFolder}/web", "env": { "A": "b c", "PORT": "5173" } },
        { "name": "worker", "runtimeExecutable": "node", "runtimeArgs": ["worker.js", "two words"] },
        { "name": "broken" },
      ] }`;
    const proposal = propose({ ".claude/launch.json": text });
    assert.deepEqual(proposal.services, {
      "web-app": { run: "npm run dev -- --port $PORT", cwd: "web", ports: ["PORT"], ready: { listening: true }, env: { A: "b c" } },
      worker: { run: "node worker.js 'two words'" },
    });
    assert.deepEqual(reasons(proposal), [".claude/launch.json: broken: it names no program (runtimeExecutable)"]);
  });

  test("Procfile: web and what names PORT get a port, workers none, release is named", () => {
    const proposal = propose({ Procfile: "# heroku\nweb: bundle exec puma -p $PORT\nworker: node worker.js\nrelease: rake db:migrate\nnot a line\n" });
    assert.deepEqual(proposal.services, { web: { run: "bundle exec puma -p $PORT", ports: ["PORT"], ready: { listening: true } }, worker: { run: "node worker.js", ready: { started: true } } });
    assert.match(reasons(proposal).join(), /Procfile: release: it runs once/);
  });

  test("Procfile.dev goes before Procfile, which is said", () => {
    const proposal = propose({ "Procfile.dev": "web: vite", Procfile: "web: node server.js" });
    assert.deepEqual(proposal.services, { web: { run: "vite --port $PORT --strictPort --host 127.0.0.1", ports: ["PORT"], ready: { listening: true } } });
    assert.deepEqual(reasons(proposal), ["Procfile: web: services are taken from Procfile.dev, which names them too"]);
  });

  test("package.json: dev before start, by the package manager whose lock file lies there, Vite told its port", () => {
    assert.deepEqual(propose({ "package.json": '{"scripts":{"dev":"vite","start":"node x"}}' }).services, { web: { run: "npm run dev -- --port $PORT --strictPort --host 127.0.0.1", ports: ["PORT"], ready: { http: "/" } } });
    assert.deepEqual(propose({ "package.json": '{"scripts":{"dev":"vite"}}' }, ["pnpm-lock.yaml"]).services["web"]?.run, "pnpm run dev --port $PORT --strictPort --host 127.0.0.1");
    assert.deepEqual(propose({ "package.json": '{"scripts":{"start":"node src/main.js"}}' }).services, { web: { run: "npm run start", ports: ["PORT"], ready: { listening: true } } });
    assert.deepEqual(propose({ "package.json": '{"scripts":{"test":"x"}}' }).services, {});
    assert.deepEqual(propose({ "package.json": '{"scripts":{"dev":"vite && echo done"}}' }).services["web"]?.run, "npm run dev");
  });

  test("package.json: dev that starts several is taken apart", () => {
    const { services } = propose({ "package.json": JSON.stringify({ scripts: { dev: 'concurrently "npm:dev:*"', "dev:api": "node api.js", "dev:web": "vite" } }) });
    assert.deepEqual(Object.entries(services).map(([name, { run, ports }]) => [name, run, ports]), [["api", "npm run dev:api", undefined], ["web", "npm run dev:web -- --port $PORT --strictPort --host 127.0.0.1", ["PORT"]]]);
  });

  test("package.json: an API beside the pages is a service of its own, with the port that its sources name", () => {
    const { services } = propose({ "package.json": JSON.stringify({ scripts: { dev: "vite", "dev-node": "tsx watch src/server" } }) });
    assert.deepEqual(services, { api: { run: "npm run dev-node", ready: { listening: true } }, web: { run: "npm run dev -- --port $PORT --strictPort --host 127.0.0.1", ports: ["PORT"], ready: { http: "/" }, needs: ["api"] } });
  });

  test("conductor.json and Codex' environment: the run script, and a set-up that works without network", () => {
    const conductor = propose({ "conductor.json": '{"scripts":{"setup":"npm ci","run":"PORT=$CONDUCTOR_PORT npm run dev","archive":"rm x"}}' });
    assert.equal(conductor.services["app"]?.run, "PORT=$PORT npm run dev");
    assert.equal(conductor.setup, undefined);
    assert.match(reasons(conductor).join("\n"), /installs from the network/);
    const codex = propose({ ".codex/environments/environment.toml": 'version = 1\nname = "x"\n[setup]\nscript = "make generate"\n[[actions]]\nname = "Run"\ncommand = "node server.js"\n[[actions]]\nname = "Test"\ncommand = "npm test"\n' });
    assert.deepEqual([codex.services["app"]?.run, codex.setup], ["node server.js", "make generate"]);
    assert.match(reasons(codex).join(), /action "Test"/);
  });

  test("compose: what needs a container is named, with image and port, and not imported", () => {
    const proposal = propose({ "compose.yaml": 'services:\n  db: { image: "postgres:16", ports: ["5432:5432"] }\n  web: { build: . }\n' });
    assert.deepEqual(proposal.services, {});
    assert.deepEqual(reasons(proposal), [
      "compose.yaml: db (port 5432): it needs a container of postgres:16; start it yourself and name its address under env:, or declare a program that does the same",
      "compose.yaml: web: it is built as a container image; declare the command that starts it here under services:",
    ]);
  });

  test(".worktreeinclude gives paths to copy, patterns are named", () => {
    const proposal = propose({ ".worktreeinclude": "# mine\n.env\n/config/local.json\n*.pem\n" });
    assert.deepEqual([proposal.copy, reasons(proposal).length], [[".env", "config/local.json"], 1]);
  });

  test("broken files are answers, not errors", () => {
    for (const [file, text] of [["package.json", "{"], [".claude/launch.json", "[1]"], [".codex/environments/environment.toml", "= ="], ["compose.yaml", "a: [b"], ["conductor.json", "null"], ["docker-compose.yml", "x: 1"]] as const) {
      assert.equal(propose({ [file]: text }).notImported.length, 1, file);
    }
  });
});

describe("renderProposal()", () => {
  test("is YAML that reads back as the services, with what was not imported as comments", () => {
    const proposal = propose({ "package.json": '{"scripts":{"dev":"vite"}}', "compose.yaml": "services: { db: { image: redis } }" });
    const yaml = renderProposal(proposal, []);
    assert.deepEqual((parse(yaml) as { services: unknown }).services, proposal.services);
    assert.match(yaml, /^# not imported: compose\.yaml: db: it needs a container of redis/m);
  });

  test("keys that stand in inspan.yaml are left out, and nothing is nothing", () => {
    const proposal = propose({ "package.json": '{"scripts":{"dev":"vite"}}' });
    assert.equal(renderProposal(proposal, ["services"]), "");
    assert.equal(renderProposal(propose({}), []), "");
  });
});
