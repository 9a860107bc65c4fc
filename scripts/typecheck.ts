// `npm run typecheck`: the compiler's two projects.
import { join } from "node:path";
import { finish, root, step } from "./suite.ts";

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
await step("types: everything", [process.execPath, tsc, "-p", "tsconfig.json"]);
await step("types: base, types, config and service without Node and DOM", [process.execPath, tsc, "-p", "tsconfig.pure.json"]);
finish();
