// GitHub's published forms for the tests of its fake, brought here once: the description of REST (one file of 12 MB out of a package of 41 MB) and the schema of GraphQL.
// Pinned by their hashes; where the registry cannot be reached, the reason is told and the tests are skipped, visibly.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rest = {
  package: "@octokit/openapi@22.0.0",
  file: "package/generated/api.github.com.json",
  integrity: "Rpif7FjTjFEBSU+amIRHUAIAHwgg+tVJdTiQuU2GEWDniZxmWjxZCgJ4V9GEp2GXnq/Bl+TrjEvwAl9PB29NAQ==",
};
// 41 MB took ten seconds on a quiet machine.
const installMsMax = 180_000;

export type Published = { readonly path: string; readonly skip: false } | { readonly path: ""; readonly skip: string };

const run = (cwd: string, program: string, ...args: readonly string[]) =>
  spawnSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: installMsMax });
const unreachable = (what: string, said: string): Published => ({ path: "", skip: `no ${what}: ${said.trim().split("\n").at(-1)?.slice(0, 200) ?? ""}` });

/** Path of the description of GitHub's REST, as JSON. */
export function publishedRest(): Published {
  const folder = join(root, ".cache", "github-openapi-22.0.0");
  const path = join(folder, "api.github.com.json");
  if (existsSync(path)) return { path, skip: false };
  mkdirSync(join(root, ".cache"), { recursive: true });
  const work = mkdtempSync(join(root, ".cache", "openapi-"));
  try {
    const packed = run(work, "npm", "pack", rest.package, "--ignore-scripts", "--loglevel=error");
    if (packed.status !== 0) return unreachable(rest.package, packed.stderr || String(packed.error ?? ""));
    const archive = join(work, packed.stdout.trim().split("\n").at(-1) ?? "");
    if (createHash("sha512").update(readFileSync(archive)).digest("base64") !== rest.integrity) throw new Error(`${rest.package} is not what was pinned`);
    const unpacked = run(work, "tar", "-xzf", archive, rest.file);
    if (unpacked.status !== 0) return unreachable(rest.file, unpacked.stderr);
    mkdirSync(folder, { recursive: true });
    renameSync(join(work, rest.file), path);
    return { path, skip: false };
  } finally { rmSync(work, { recursive: true, force: true }); }
}

/** Folder whose node_modules hold the schema and the reader of GraphQL. */
export function publishedGraph(): Published {
  const folder = join(root, "scripts", "forge-forms");
  const stamp = createHash("sha256").update(readFileSync(join(folder, "package-lock.json"))).digest("hex");
  const stampPath = join(folder, "node_modules", ".installed-lock");
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return { path: folder, skip: false };
  const installed = run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
  if (installed.status !== 0) return unreachable("schema of GraphQL", installed.stderr || String(installed.error ?? ""));
  writeFileSync(stampPath, stamp);
  return { path: folder, skip: false };
}
