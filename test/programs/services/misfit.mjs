// Services that misbehave, each in its own way: the first argument says which.
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const self = new URL(import.meta.url).pathname;
const port = Number(process.env["PORT"] ?? 0);
const serve = (at, host = "127.0.0.1") => createServer((_, response) => response.end("ok")).listen(at, host);
const child = (kind, options = {}) => spawn(process.execPath, [self, kind], { stdio: "inherit", ...options });
const ways = {
  // Goes into the background, as daemons of old do: a new session, the parent ends with success.
  daemonise: () => { child("serve", { detached: true, stdio: "ignore" }).unref(); process.exit(0); },
  // Serves, and leaves a stubborn child in a session of its own.
  escape: () => { child("ignore-term", { detached: true, stdio: "ignore" }).unref(); serve(port); },
  serve: () => serve(port),
  "ignore-term": () => { for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(name, () => {}); serve(port === 0 ? 0 : port).on("error", () => {}); setInterval(() => {}, 1000); },
  // Each starts two: only a bound on processes ends it.
  "fork-bomb": () => { serve(port).on("error", () => {}); const grow = () => { for (let count = 0; count < 2; count++) child("bomb-part", { stdio: "ignore" }).on("error", () => {}); }; grow(); setInterval(grow, 20); },
  "bomb-part": () => { setInterval(() => { spawn("sleep", ["1000"], { stdio: "ignore", detached: true }).on("error", () => {}); }, 5); },
  // Ends at once while a grandchild holds its output open.
  "hold-pipe": () => { child("silent", { detached: true }).unref(); process.exit(4); },
  silent: () => setInterval(() => {}, 1000),
  flood: () => {
    serve(port);
    const block = `${"x".repeat(60)}\n`.repeat(1000);
    let blocks = 0;
    const go = () => { while (blocks < 1000) { blocks += 1; if (!process.stdout.write(block)) { process.stdout.once("drain", go); return; } } if (blocks === 1000) { blocks += 1; process.stdout.write("flood is over\n"); } };
    go();
  },
  // Wants its port's neighbour too.
  neighbour: () => { serve(port); serve(port + 1); },
  // Never reads PORT.
  "fixed-port": () => serve(3000, "localhost"),
  "never-ready": () => { console.error("still warming up"); setInterval(() => {}, 1000); },
  "not-found": () => createServer((_, response) => { response.statusCode = 503; response.end("warming up"); }).listen(port, "127.0.0.1"),
};
(ways[process.argv[2] ?? "serve"] ?? ways.serve)();
