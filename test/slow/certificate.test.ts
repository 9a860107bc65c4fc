// A page behind a certificate that nobody trusts: told as that, and nobody else notices.
import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import { makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";
import { makeCertificate } from "../support/certificate.ts";

test("a certificate error is told with its name; the daemon and its other pages live on", { skip: missingBrowser, timeout: 120_000 }, async (t) => {
  const server = createServer(makeCertificate(), (_request, response) => { response.end("<h1>Secret</h1>"); });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  t.after(() => { server.close(); server.closeAllConnections(); });
  const address = server.address();
  const origin = `https://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const closes: (() => void | Promise<void>)[] = [];
  // A daemon must go before its world does.
  t.after(async () => { for (const close of closes.toReversed()) await close(); });
  const world = await makeBrowserWorld({ after: (close) => { closes.push(close); } }, [origin]);
  const refused = await world.browser(["open", origin]);
  assert.equal(refused.exitCode, 3, refused.stderr);
  assert.equal(refused.error?.code, "PAGE_UNREACHABLE");
  assert.match(refused.error?.message ?? "", /its certificate is not trusted \(ERR_CERT_AUTHORITY_INVALID\)/);
  assert.doesNotMatch(JSON.stringify(refused), /Secret/);
  const pid = world.daemonPid();
  const next = await world.browser(["open", `${world.origin}/`]);
  assert.equal(next.exitCode, 0, next.stderr);
  assert.equal(world.daemonPid(), pid);
});
