// `npm run build` (and `prepack`): src becomes dist, plain JavaScript for every Node that users have, with the data files that it reads.
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { finish, root, step } from "./suite.ts";

// What src reads beside its code at run time; the same places below dist. A folder that does not exist yet is left out.
const dataPaths = ["app/generated/manifest.json", "web/plain"];

rmSync(join(root, "dist"), { recursive: true, force: true });
await step("src compiled to dist", [process.execPath, join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
for (const path of dataPaths) {
  const from = join(root, "src", path);
  if (!existsSync(from)) continue;
  const to = join(root, "dist", path);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}
finish();
