// Each importer on the files that people have, and the choice between them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { servicesSection } from "../../config/index.ts";
import type { ImportProposal } from "../../types/index.ts";
import { proposeServices, renderNotImported, renderProposal } from "./propose.ts";

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

  test("launch.json: a program is run by its runtime, the repository's folder is wherever the worktree is", () => {
    const launch = (...configurations: readonly unknown[]): ImportProposal => propose({ ".claude/launch.json": JSON.stringify({ configurations }) });
    const runs = (proposal: ImportProposal) => Object.values(proposal.services).map(({ run }) => run);
    assert.deepEqual(runs(launch({ name: "a", program: "server.js", args: ["--x", "1"] }, { name: "b", runtimeExecutable: "node", runtimeArgs: ["--inspect"], program: "${workspaceFolder}/s.js", args: ["--port", "3000"], port: 3000 },
      { name: "c", type: "debugpy", module: "flask", args: ["run"] }, { name: "d", program: "bin/serve" }, { name: "e", runtimeExecutable: "npm", runtimeArgs: ["--prefix", "${workspaceFolder}/a b", "start"], cwd: "web" })),
    ["node server.js --x 1", "node --inspect s.js --port $PORT", "python3 -m flask run", "bin/serve", `npm --prefix "$INSPAN_WORKTREE"'/a b' start`]);
    assert.deepEqual(runs(launch({ name: "a", runtimeExecutable: "sh", runtimeArgs: ["$HOME/x", "-p=80"], port: 80 })), ["sh '$HOME/x' -p=$PORT"]);
    assert.deepEqual(launch({ name: "a", runtimeExecutable: "npm", port: "3001", env: { API_PORT: "3001", A: "${B}", C: "${workspaceFolder}/c", PORT: "3001" } }).services["a"]?.env, { API_PORT: "${PORT}", A: "$${B}", C: "${WORKTREE}/c" });
  });

  test("launch.json: what lies elsewhere, attaches, or is longer than a command may be is named and the rest is taken", () => {
    const configurations = [
      { name: "far", runtimeExecutable: "npm", cwd: "/srv/web" },
      { name: "up", runtimeExecutable: "npm", cwd: "../o" },
      { name: "on", request: "attach", port: 9229 },
      { name: "long", runtimeExecutable: "x".repeat(11_000) },
      { name: "ok", runtimeExecutable: "npm" },
    ];
    const proposal = propose({ ".claude/launch.json": `\uFEFF${JSON.stringify({ configurations })}` });
    assert.deepEqual(Object.keys(proposal.services), ["ok"]);
    assert.deepEqual(proposal.notImported.map(({ what }) => what), ["far", "up", "on", "long"]);
    assert.match(reasons(propose({ ".claude/launch.json": '{"configurations":{}}' })).join(), /no list of configurations/);
  });

  test("Procfile: words for the port stand behind the program that takes them, or nowhere; a line that is none is named", () => {
    const { services, notImported } = propose({
      Procfile:
        "a: vite | tee x\r\nb: npx vite dev > out.log 2>&1\r\nc: (cd ui; vite)\nd: uvicorn app:app & sleep 1\ne: vite --base '/a;b'\nf: vite build && node s.js\ng: vite --port 3000\nno line\n",
    });
    const words = "--port $PORT --strictPort --host 127.0.0.1";
    assert.deepEqual(
      Object.values(services).map(({ run }) => run),
      [
        `vite ${words} | tee x`,
        `npx vite dev ${words} > out.log 2>&1`,
        `(cd ui; vite ${words})`,
        "uvicorn app:app --port $PORT & sleep 1",
        "vite --base '/a;b'",
        "vite build && node s.js",
        "vite --port 3000",
      ],
    );
    assert.deepEqual(notImported.map(({ what }) => what), ["line 8"]);
  });

  test("more services or reasons than anybody reads are cut, which is said", () => {
    const many = propose({ Procfile: Array.from({ length: 70 }, (_, index) => `p${index}: x\n`).join("") });
    assert.deepEqual([Object.keys(many.services).length, many.notImported.length], [64, 6]);
    const compose = propose({ "compose.yaml": `services:\n${Array.from({ length: 300 }, (_, index) => `  s${index}: { image: x }\n`).join("")}` });
    assert.deepEqual([compose.notImported.length, compose.notImported.at(-1)?.what], [101, "200 more"]);
  });

  test("Procfile: web and what names PORT get a port, workers none, release is named", () => {
    const proposal = propose({ Procfile: "# heroku\nweb: bundle exec puma -p $PORT\nworker: node worker.js\nrelease: rake db:migrate\nnot a line\n" });
    assert.deepEqual(proposal.services, { web: { run: "bundle exec puma -p $PORT", ports: ["PORT"], ready: { listening: true } }, worker: { run: "node worker.js", ready: { started: true } } });
    assert.match(reasons(proposal).join(), /Procfile: release: it runs once/);
  });

  test("Procfile: what is named as a server has a port like web, and is ready when it listens", () => {
    const { services } = propose({ Procfile: "web: node a\napi: node b\nclock: node c\n" });
    assert.deepEqual(Object.values(services).map(({ ports, ready }) => [ports?.[0], ready]), [["PORT", { listening: true }], ["PORT", { listening: true }], [undefined, { started: true }]]);
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

  test("package.json: what a runner starts are services, however it names them; a runner that does more stays whole", () => {
    const scripts = { server: "node server.js", client: "npm start --prefix client", css: "tailwindcss -i a -o b --watch" };
    const named = (dev: string) => Object.entries(propose({ "package.json": JSON.stringify({ scripts: { ...scripts, dev } }) }).services).map(([name, { run, ports, ready }]) => [name, run, ports?.[0], Object.keys(ready ?? {})[0]]);
    const apart = [["server", "npm run server", undefined, "listening"], ["client", "npm run client", "PORT", "listening"]];
    for (const dev of [
      'concurrently "npm run server" "npm run client"',
      "concurrently -k -n a,b npm:server npm:client",
      "npx concurrently 'yarn server' 'pnpm client'",
      "run-p server client",
      "npm-run-all --parallel server client",
      "NODE_ENV=x run-p -l server client",
    ])
      assert.deepEqual(named(dev), apart, dev);
    assert.deepEqual(named("run-p css client"), [["css", "npm run css", undefined, "started"], apart[1]]);
    for (const dev of ['concurrently "vite" "npm run server"', "npm-run-all css -p server client", "npm-run-all server client", "next dev --turbo"])
      assert.deepEqual(
        named(dev).map(([name, run]) => [name, run]),
        [["web", "npm run dev"]],
        dev,
      );
  });

  test("package.json: what watches and answers nowhere is named, the next script is taken; npm's own start is known", () => {
    const watching = propose({ "package.json": '{"packageManager":"pnpm@9.1.0","scripts":{"dev":"tsc -w","start":"node x"}}' });
    assert.deepEqual([watching.services["web"]?.run, reasons(watching).length], ["pnpm run start", 1]);
    assert.deepEqual(propose({ "package.json": '{"scripts":{"dev":"vitest"}}' }).services, {});
    assert.equal(propose({ "package.json": '{"scripts":{"dev":"tsup --watch --onSuccess \'node dist\'"}}' }).services["web"]?.run, "npm run dev");
    assert.equal(propose({ "package.json": "{}" }, ["server.js"]).services["web"]?.run, "node server.js");
    assert.deepEqual(propose({ "package.json": '{"scripts":{"dev":"npm run build && npm run serve"}}' }).services["web"]?.ready, { listening: true });
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

  test("conductor.json: its variables have equals here, files of the main checkout are copied", () => {
    const conductor = (scripts: Readonly<Record<string, string>>): ImportProposal => propose({ "conductor.json": JSON.stringify({ scripts }) });
    assert.deepEqual(conductor({ run: "cd $CONDUCTOR_WORKSPACE_PATH && API=$((CONDUCTOR_PORT+1)) npm run dev -- -p ${CONDUCTOR_PORT}" }).services["app"], {
      run: "cd $CONDUCTOR_WORKSPACE_PATH && API=$((CONDUCTOR_PORT+1)) npm run dev -- -p $PORT", ports: ["PORT"], ready: { listening: true }, env: { CONDUCTOR_PORT: "${PORT}", CONDUCTOR_WORKSPACE_PATH: "${WORKTREE}" },
    });
    const { copy, setup } = conductor({ setup: 'npm install; cp "$CONDUCTOR_ROOT_PATH/.env" .env && ln -s $CONDUCTOR_ROOT_PATH/a/b.json ./a/b.json\nmake gen' });
    assert.deepEqual([copy, setup], [[".env", "a/b.json"], "make gen"]);
    const foreign = conductor({ setup: "cp $CONDUCTOR_ROOT_PATH/a b", run: "echo $CONDUCTOR_WORKSPACE_NAME" });
    assert.deepEqual([foreign.services, foreign.copy, foreign.setup, foreign.notImported.length], [{}, [], undefined, 2]);
  });

  test("Codex' actions: what stays up by words and icon, for Linux or everybody, without what it installs", () => {
    const action = (name: string, command: string, more = "") => `[[actions]]\nname = "${name}"\n${more}\ncommand = '''\n${command}\n'''\n`;
    const { services, notImported } = propose({ ".codex/environments/environment.toml": [action("Serve", "npx serve@latest"), action("Build and run", "make run"), action("Run tests", "npm test"), action("Happy path", "echo"), action("Go", "./go", 'icon = "run"'),
      action("Dev", 'cd "$CODEX_WORKTREE_PATH"\nnode x.js'), action("Run", "./mac", 'platform = "darwin"'), action("Start", "npm ci\nvite"), action("App", "cat $CODEX_SOURCE_TREE_PATH/x")].join("") });
    assert.deepEqual(
      Object.entries(services).map(([name, { run }]) => [name, run]),
      [
        ["serve", "npx serve@latest"],
        ["build-and-run", "make run"],
        ["go", "./go"],
        ["dev", 'cd "$CODEX_WORKTREE_PATH"\nnode x.js'],
        ["start", "vite --port $PORT --strictPort --host 127.0.0.1"],
      ],
    );
    assert.deepEqual(services["dev"]?.env, { CODEX_WORKTREE_PATH: "${WORKTREE}" });
    assert.deepEqual(notImported.map(({ what }) => what), ["Run tests", "Happy path", "Run", "Start", "App"].map((name) => `action "${name}"`));
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
    assert.deepEqual([renderProposal(propose({}), []), renderNotImported(propose({}))], ["", ""]);
  });

  test("an inspan.yaml that gets no service still names what was not imported", () => {
    assert.match(renderNotImported(propose({ "compose.yaml": "services: { db: { image: redis } }" })), /^# No service was found[^]*^# not imported: compose\.yaml: db: it needs a container of redis[^\n]*\n$/m);
  });
});
