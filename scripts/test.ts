// `npm test`: the three walls (compiler, our own check, generated files), then every quick test. `npm test -- <part of a path>` runs only those files.
import { finish, root, runTestFiles, step, testFiles } from "./suite.ts";
import { join } from "node:path";

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const node = process.execPath;

if (wanted.length === 0) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  await step("types: everything", [node, tsc, "-p", "tsconfig.json"]);
  await step("types: base, types, config and service without Node and DOM", [node, tsc, "-p", "tsconfig.pure.json"]);
  await step("generated files are up to date", [node, "scripts/generate.ts", "--check"]);
  await step("inspan check on Inspan", [node, "bin/inspan.js", "check"], { isShown: true });
}
const files = testFiles(
  ["src", "test", "scripts"],
  (path) => !path.startsWith("test/agents/") && !path.startsWith("test/slow/") && (wanted.length === 0 || wanted.some((part) => path.includes(part))),
);
await runTestFiles(files, 3, { isTriedAlone: true });
finish();
