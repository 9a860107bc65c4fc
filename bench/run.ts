// `npm run bench -- <scenario> [--json]`: runs one scenario (or "all") and prints one line a run, in the form of CONTRACTS.
import { commit, machine, type Scenario } from "./measure.ts";
import { browserScenario } from "./scenarios/browser.ts";
import { checkCold } from "./scenarios/check-cold.ts";
import { gradeChanged, gradeCold, gradeYear } from "./scenarios/grade.ts";
import { checkOneFile } from "./scenarios/check-one-file.ts";
import { checkWarm } from "./scenarios/check-warm.ts";
import { checkPython } from "./scenarios/check-python.ts";
import { checkSelf } from "./scenarios/check-self.ts";
import { docs1000 } from "./scenarios/docs-1000.ts";
import { forgeWatch } from "./scenarios/forge-watch.ts";
import { help } from "./scenarios/help.ts";
import { idleTask } from "./scenarios/idle-task.ts";
import { modelRelay } from "./scenarios/model-relay.ts";
import { ingestLogs, ingestSpans, logsMillion, spansMillion } from "./scenarios/telemetry-logs.ts";
import { engineStart, idleEngines, metricIngest, promqlRange } from "./scenarios/telemetry-metrics.ts";
import { instanceTen, instanceUp } from "./scenarios/instance.ts";
import { relayWhileChecking } from "./scenarios/relay-while-checking.ts";
import { reviewContext } from "./scenarios/review-context.ts";
import { taskFirstRequest } from "./scenarios/task-first-request.ts";
import { tasksAtOnce } from "./scenarios/tasks-at-once.ts";
import { turnOverhead } from "./scenarios/turn-overhead.ts";
import { worktree } from "./scenarios/worktree.ts";

const scenarios: readonly Scenario[] = [
  help,
  idleTask,
  turnOverhead,
  modelRelay,
  relayWhileChecking,
  checkSelf,
  docs1000,
  worktree,
  engineStart,
  idleEngines,
  metricIngest,
  promqlRange,
  checkCold,
  gradeCold,
  gradeChanged,
  gradeYear,
  checkWarm,
  checkOneFile,
  instanceUp,
  instanceTen,
  logsMillion,
  spansMillion,
  ingestLogs,
  ingestSpans,
  checkPython,
  tasksAtOnce,
  browserScenario,
  taskFirstRequest,
  forgeWatch,
  reviewContext,
];
const words = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const isJson = process.argv.includes("--json");
const wanted = words.includes("all") ? scenarios : scenarios.filter((scenario) => words.includes(scenario.name));
const unknown = words.filter((word) => word !== "all" && !scenarios.some((scenario) => scenario.name === word));

if (wanted.length === 0 || unknown.length > 0) {
  process.stderr.write(
    `${unknown.length > 0 ? `Cannot measure "${unknown.join(", ")}": no such scenario.\n` : ""}Next: npm run bench -- <scenario> --json, with one of\n${[...scenarios, { name: "all", says: "each of them" }].map(({ name, says }) => `  ${name.padEnd(14)} ${says}`).join("\n")}\n`,
  );
  process.exit(2);
}
for (const scenario of wanted) {
  const { figures, peers = {} } = await scenario.run();
  if (isJson) process.stdout.write(`${JSON.stringify({ scenario: scenario.name, machine: machine(), commit: commit(), figures, peers })}\n`);
  else {
    const rows = [["", figures] as const, ...Object.entries(peers)].flatMap(([peer, values]) =>
      Object.entries(values).map(([name, value]) => `  ${(peer === "" ? name : `${peer}: ${name}`).padEnd(34)} ${value}`),
    );
    process.stdout.write(`${scenario.name}: ${scenario.says}\n${rows.join("\n")}\n`);
  }
}
process.exit(0);
