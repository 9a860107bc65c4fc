// Arguments as people type them, by a small manifest of our own: what they become, and what is said to wrong ones.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InspanError } from "../base/errors.ts";
import { parseCommandLine } from "./command-line.ts";
import { renderCommandHelp, renderOverview } from "./help.ts";
import { readManifest, type Manifest } from "./manifest.ts";

const option = (field: string, kind: "boolean" | "string" | "number" | "list", more: object = {}) => ({ field, kind, description: `The ${field}`, isRequired: false, ...more });
const manifest: Manifest = {
  operations: [
    {
      name: "task/run",
      domain: "task",
      command: "task run",
      summary: "Work",
      isStreaming: true,
      options: [
        option("prompt", "string", { position: 0, isRequired: true }),
        option("until", "string", { choices: ["pr", "merge"], default: "merge" }),
        option("attemptsMax", "number"),
        option("budget", "list"),
        option("unsandboxed", "boolean", { default: false }),
      ],
    },
    { name: "task/list", domain: "task", command: "task list", summary: "List tasks", isStreaming: false, options: [] },
    {
      name: "lint/check",
      domain: "lint",
      command: "check",
      summary: "Check",
      isStreaming: false,
      options: [option("paths", "list", { position: 0 }), option("changed", "boolean", { default: false })],
    },
    { name: "task/overview", domain: "task", command: "task", summary: "All of it", isStreaming: false, options: [] },
  ],
};

/** The operation and what it got, or what else it is. */
function parse(...args: readonly string[]) {
  const line = parseCommandLine(manifest, args);
  if (line.kind !== "operation") return line;
  return {
    name: line.operation.name,
    input: line.input,
    ...(line.isJson ? { isJson: true } : {}),
    ...(line.isQuiet ? { isQuiet: true } : {}),
    ...(line.cwd === undefined ? {} : { cwd: line.cwd }),
  };
}

describe("parseCommandLine() takes", () => {
  const cases: readonly (readonly [string, readonly string[], object])[] = [
    ["a positional argument", ["task", "run", "mend it"], { name: "task/run", input: { prompt: "mend it" } }],
    ["camelCase fields as kebab-case flags, with a number", ["task", "run", "x", "--attempts-max", "3"], { name: "task/run", input: { prompt: "x", attemptsMax: 3 } }],
    ["flags before, after and with =", ["task", "run", "--until=pr", "x", "--unsandboxed"], { name: "task/run", input: { prompt: "x", until: "pr", unsandboxed: true } }],
    ["a negated flag", ["task", "run", "x", "--no-unsandboxed"], { name: "task/run", input: { prompt: "x", unsandboxed: false } }],
    ["a flag given several times", ["task", "run", "x", "--budget", "a=1", "--budget", "b=2"], { name: "task/run", input: { prompt: "x", budget: ["a=1", "b=2"] } }],
    ["a positional field by its flag", ["task", "run", "--prompt", "x"], { name: "task/run", input: { prompt: "x" } }],
    ["a list of positional arguments", ["check", "a.ts", "b.ts", "--changed"], { name: "lint/check", input: { paths: ["a.ts", "b.ts"], changed: true } }],
    ["what stands behind -- as it is", ["task", "run", "--", "--help me"], { name: "task/run", input: { prompt: "--help me" } }],
    ["- as a prompt from standard input", ["task", "run", "-"], { name: "task/run", input: { prompt: "-" } }],
    ["an empty prompt, which the operation judges", ["task", "run", ""], { name: "task/run", input: { prompt: "" } }],
    ["the longest command that fits", ["task", "list"], { name: "task/list", input: {} }],
    ["a command that is the beginning of another", ["task"], { name: "task/overview", input: {} }],
    ["the flags of every command", ["task", "list", "--json", "-q", "-C", "/tmp"], { name: "task/list", input: {}, isJson: true, isQuiet: true, cwd: "/tmp" }],
    ["nothing as a wish for help", [], { kind: "help", words: [] }],
    ["--help", ["--help"], { kind: "help", words: [] }],
    ["--help of a command, whatever else stands there", ["task", "run", "--until", "never", "--help"], { kind: "help", words: ["task", "run"] }],
    ["help as a word", ["help", "task", "run"], { kind: "help", words: ["task", "run"] }],
    ["--version", ["--version"], { kind: "version" }],
  ];
  for (const [name, args, expected] of cases) test(name, () => assert.deepEqual(parse(...args), expected));
});

describe("parseCommandLine() refuses, with the help page as remedy,", () => {
  const cases: readonly (readonly [string, readonly string[], RegExp, string])[] = [
    ["an unknown command", ["dance"], /^Cannot run "inspan dance": no such command\.$/, "inspan --help"],
    ["a flag without a command", ["--json"], /^Cannot run "inspan --json": no command stands before the flags\.$/, "inspan --help"],
    ["an unknown flag", ["task", "run", "x", "--fast"], /^Cannot run "inspan task run": Unknown option '--fast'/, "inspan task run --help"],
    ["a value for a flag that takes none", ["task", "run", "x", "--unsandboxed=yes"], /does not take an argument/, "inspan task run --help"],
    ["a flag without its value", ["task", "run", "x", "--until"], /argument missing/, "inspan task run --help"],
    ["a value that is not a choice", ["task", "run", "x", "--until", "never"], /^Cannot use "--until never": expected one of pr, merge\.$/, "inspan task run --help"],
    ["a number that is none", ["task", "run", "x", "--attempts-max", "three"], /^Cannot read "--attempts-max three": not a number\.$/, "inspan task run --help"],
    ["an empty number", ["task", "run", "x", "--attempts-max", ""], /not a number/, "inspan task run --help"],
    ["an endless number", ["task", "run", "x", "--attempts-max", "Infinity"], /not a number/, "inspan task run --help"],
    ["one argument too many", ["task", "run", "x", "y"], /one argument too many, "y"/, "inspan task run --help"],
    ["a name that every object has", ["task", "run", "x", "--constructor"], /Unknown option/, "inspan task run --help"],
  ];
  for (const [name, args, message, remedy] of cases) {
    test(name, () => assert.throws(() => parseCommandLine(manifest, args), (error: unknown) => {
      assert.ok(error instanceof InspanError, String(error));
      assert.match(error.message, message);
      assert.deepEqual([error.code, error.kind, error.remedy], ["USAGE", "usage", remedy]);
      return true;
    }));
  }
  test("a second word that fits no command of the first, and names those that do", () => {
    const without = { operations: manifest.operations.filter((operation) => operation.command !== "task") };
    assert.throws(() => parseCommandLine(without, ["task", "dance"]), {
      message: 'Cannot run "inspan task dance": no such command, expected one of: task run, task list.',
      remedy: "inspan task --help",
    });
  });
});

describe("help", () => {
  test("a command's page shows its usage, its choices and its defaults", () => {
    assert.equal(renderCommandHelp(manifest, ["task", "run"]), [
      "inspan task run <prompt>\n", "Work\n", "Options",
      "  --prompt <prompt>   The prompt",
      "  --until <pr|merge>  The until (default: merge)",
      "  --attempts-max <n>  The attemptsMax",
      "  --budget <budget>   The budget",
      "  --unsandboxed       The unsandboxed",
    ].join("\n"));
    assert.match(renderCommandHelp(manifest, ["check"]) ?? "", /^inspan check \[paths\.\.\.\]\n/);
  });
  test("the beginning of several commands lists them, an unknown word nothing", () => {
    const without = { operations: manifest.operations.filter((operation) => operation.command !== "task") };
    assert.deepEqual((renderCommandHelp(without, ["task"]) ?? "").split("\n").map((line) => line.split("  ")[0]), ["inspan task run <prompt>", "inspan task list"]);
    assert.equal(renderCommandHelp(manifest, ["dance"]), undefined);
  });
  test("the overview names every command of the real table once", () => {
    const real = readManifest();
    const lines = renderOverview(real).split("\n");
    for (const { command } of real.operations) assert.equal(lines.filter((line) => new RegExp(`^  inspan ${command}(?: [<[].*|  .*)$`).test(line)).length, 1, command);
  });
});
