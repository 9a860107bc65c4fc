// Every command that does not stream, with --json, in a bare repository and without its arguments' meaning: one JSON document on stdout, whatever came of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mapBounded } from "../../src/base/async.ts";
import { runInspan } from "../support/inspan-process.ts";
import { makeSmallRepository } from "../support/small-repository.ts";

interface Option { readonly field: string; readonly kind: string; readonly isRequired: boolean; readonly position?: number }
interface Operation { readonly command: string; readonly isStreaming: boolean; readonly options: readonly Option[] }

const { operations } = JSON.parse(readFileSync(new URL("../../src/app/generated/manifest.json", import.meta.url), "utf8")) as { operations: readonly Operation[] }; // our own file
/** Processes that stay until they are stopped, speak a protocol of their own on stdout, or fetch from the network. */
const others = new Set(["telemetry serve", "check daemon", "serve", "mcp", "lsp", "browser install"]);
const atOnce = 4;

function argumentsOf({ command, options }: Operation): readonly string[] {
  const required = options.filter(({ isRequired }) => isRequired);
  return [...command.split(" "), ...required.flatMap(({ field, kind, position }) => {
    const value = kind === "number" ? "1" : "x1";
    return position === undefined ? [`--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value] : [value];
  }), "--json"];
}

/** Why it is not one document of the form that CONTRACTS has; undefined where it is. */
function faultOf(text: string, exitCode: number | null): string | undefined {
  let value: unknown;
  try { value = JSON.parse(text); } catch { return "not one JSON document"; }
  if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return "no version";
  const error = "error" in value && typeof value.error === "object" && value.error !== null ? value.error : undefined;
  if (error !== undefined)
    return "code" in error && "message" in error && "remedy" in error
      ? exitCode === 0
        ? "an error with exit code 0"
        : undefined
      : "an error without code, message and remedy";
  return undefined;
}

const asked = operations.filter(({ command, isStreaming }) => !isStreaming && !others.has(command));
/** Each part has its own bound of time. */
const parts = 3;

for (let part = 0; part < parts; part++) test(`every command that does not stream prints one JSON document with --json (${part + 1} of ${parts})`, { timeout: 285_000 }, async (t) => {
  const repository = makeSmallRepository({ "src/a.ts": "export const a = 1;\n" });
  t.after(() => { repository.remove(); });
  const faults = await mapBounded(asked.filter((_one, index) => index % parts === part), atOnce, async (operation) => {
    const args = argumentsOf(operation);
    const run = await runInspan(args, { cwd: repository.path, env: { INSPAN_HOME: repository.statePath } });
    const fault = faultOf(run.stdout, run.exitCode);
    return fault === undefined ? [] : [`${args.join(" ")} (${run.exitCode ?? run.signal}): ${fault}: ${run.stdout.slice(0, 200)} ${run.stderr.slice(-200)}`];
  });
  assert.deepEqual(faults.flat(), []);
});

test("the table holds the commands", () => { assert.ok(asked.length > 60, `${asked.length} commands`); });
