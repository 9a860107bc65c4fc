// An orderly service: answers with what it was given, keeps a counter in its data folder, ends on TERM with a word.
import { createServer } from "node:http";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { PORT, DATA_DIR = ".", NAME = "web" } = process.env;
const file = join(DATA_DIR, "visits");
const server = createServer((request, response) => {
  if (request.url === "/die") { response.end("bye"); setImmediate(() => process.exit(3)); return; }
  if (request.url === "/visit") writeFileSync(file, String((existsSync(file) ? Number(readFileSync(file, "utf8")) : 0) + 1));
  response.end(JSON.stringify({ name: NAME, visits: existsSync(file) ? Number(readFileSync(file, "utf8")) : 0, env: process.env, url: request.url }));
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${PORT}`));
process.on("SIGTERM", () => { console.log("ending in order"); server.close(() => process.exit(0)); server.closeAllConnections(); });
