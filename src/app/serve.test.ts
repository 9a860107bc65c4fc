// `inspan serve` as a child process: found by ps, ended by TERM with 0 and by `inspan stop`, and held back where it must not start.
import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test, type TestContext } from "node:test";
import { inspanPath, makeSmallRepository, type SmallRepository } from "../../test/support/small-repository.ts";

let repository: SmallRepository;
before(() => { repository = makeSmallRepository(); });
after(() => repository.remove());

function runInspan(args: readonly string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [inspanPath, ...args, "--cwd", repository.path], { env: { ...repository.env } }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
  });
}

async function startServe(
  t: TestContext,
  args: readonly string[] = [],
): Promise<{ child: ChildProcess; line: { type: string; url: string; page: string; token: string; pid: number } }> {
  const child = spawn(process.execPath, [inspanPath, "serve", "--json", "--quiet", ...args, "--cwd", repository.path], {
    env: { ...repository.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => { if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL"); });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: JSON.parse(String((await lines.next()).value)) };
}

const ps = async () => (JSON.parse((await runInspan(["ps", "--json"])).stdout) as { processes: { pid: number; kind: string; url: string }[] }).processes; // the operation's own form

test("serve prints one line with its address, is listed by ps, and ends with 0 on TERM", async (t) => {
  assert.deepEqual(await ps(), []);
  const { child, line } = await startServe(t);
  assert.equal(line.type, "listening");
  assert.match(line.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(line.page, `${line.url}/?token=${line.token}`);
  assert.deepEqual((await ps()).map(({ pid, kind, url }) => ({ pid, kind, url })), [{ pid: child.pid, kind: "server", url: line.url }]);
  const answer = await fetch(`${line.url}/api/inspan/v1/task/list`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  assert.deepEqual(await answer.json(), { version: 1, tasks: [] });
  const stream = await fetch(`${line.url}/api/inspan/v1/live`); // an open stream must not hold the end back
  const reader = stream.body?.getReader();
  await reader?.read();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  await reader?.cancel().catch(() => undefined); // the server has closed it
  assert.deepEqual(await ps(), []);
});

test("inspan stop ends the server", async (t) => {
  const { child } = await startServe(t);
  const exited = once(child, "exit");
  assert.equal((await runInspan(["stop", String(child.pid)])).exitCode, 0);
  assert.deepEqual(await exited, [0, null]);
});

test("serve refuses an address that others reach without a token, and a port that is taken", async (t) => {
  const wide = await runInspan(["serve", "--host", "0.0.0.0"]);
  assert.equal(wide.exitCode, 2);
  assert.match(wide.stderr, /Cannot serve on "0\.0\.0\.0": .*no token.*\nNext: INSPAN_SERVER_TOKEN=/);
  const { line } = await startServe(t);
  const taken = await runInspan(["serve", "--port", new URL(line.url).port]);
  assert.equal(taken.exitCode, 2);
  assert.match(taken.stderr, /another process listens there, expected|another process listens there\.\nNext: .*inspan(\.js)? serve .*--port 0/);
});
