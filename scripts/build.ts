// `npm run build` (and `prepack`): src becomes dist, plain JavaScript for every Node that users have, with the data files that it reads.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleEngine } from "./bundle.ts";
import { finish, root, step } from "./suite.ts";

// What src reads beside its code at run time; the same places below dist. A folder that does not exist yet is left out.
const dataPaths = ["app/generated/manifest.json", "web/plain"];

rmSync(join(root, "dist"), { recursive: true, force: true });
await step("src compiled to dist", [process.execPath, join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json", "--declaration"]);
// The one declaration that users see; it names no type of another file.
const shownTypes = "app/library.d.ts";
const files = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" });
for (const path of files) if (path.endsWith(".d.ts") && path !== shownTypes) rmSync(join(root, "dist", path));
await step("the declaration stands alone", [
  process.execPath,
  "-e",
  `if (/from "\\.{1,2}\\/|import\\("/.test(require("fs").readFileSync(${JSON.stringify(join(root, "dist", shownTypes))}, "utf8"))) throw new Error("library.d.ts needs another file")`,
]);
for (const path of dataPaths) {
  const from = join(root, "src", path);
  if (!existsSync(from)) continue;
  const to = join(root, "dist", path);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}
// The engine as a few files beside what the supervisor imports of it: see docs/design-docs/telemetry-engine.md.
bundleEngine(join(root, "dist", "app", "engine.js"), join(root, "dist", "app"));
finish();
