// What the package exports for tests of a user's own: the architecture checked by any runner. Exported types name nothing of other files, so that its declaration stands alone.
import { resolve } from "node:path";
import { renderFindingsForAgent, type BoundaryDemand } from "../domains/lint/runtime/index.ts";
import { createContext } from "./wire.ts";

export interface ArchitectureOptions {
  /** A folder of the repository; where the process stands unless told. */
  readonly cwd?: string;
  /** Names of rules that must be declared and fail a check: `layers`, `domains`, `providers`, `cycles`, or own ones. Taking one away breaks the test. */
  readonly required?: readonly string[];
  /** Imports that the rules must forbid; the files need not exist. */
  readonly forbidden?: readonly { readonly from: string; readonly to: string }[];
  /** Only findings of these rules; those about missing boundaries are always there. */
  readonly rules?: readonly string[];
  /** Files or folders whose findings are wanted. */
  readonly paths?: readonly string[];
  /** Findings of document rules too. */
  readonly documents?: boolean;
  readonly signal?: AbortSignal;
}

export interface ArchitectureFinding {
  readonly id: string;
  readonly rule: string;
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
  readonly reference: string;
  readonly baselined: boolean;
}

export interface ArchitectureReport {
  /** New findings, errors and warnings; sorted by file, line and rule. */
  readonly findings: readonly ArchitectureFinding[];
  /** True where no finding is an error. */
  readonly isFine: boolean;
  /** The findings as prompts; empty where there are none. */
  readonly text: string;
  readonly coverage: Readonly<Record<"files" | "filesInNoLayer" | "filesUnread" | "importsTotal" | "importsUnresolved" | "edges" | "edgesBetweenLayers", number>>;
}

/** The form of `test` that node:test, vitest, Jest, Mocha and Bun share. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown;

/** Checks by the repository's inspan.yaml. Rejects where the configuration is wrong or the check cannot be done; findings are in the report. */
export async function checkArchitecture(options: ArchitectureOptions = {}): Promise<ArchitectureReport> {
  const { loadContributions } = await import("./contributions.ts");
  const { contributedBy, runCheck } = await import("../domains/lint/runtime/index.ts");
  const { findRoot } = await import("../domains/lint/ui/index.ts");
  const controller = new AbortController();
  const signal = options.signal ?? controller.signal;
  const closes: (() => Promise<void> | void)[] = [];
  const cwd = resolve(options.cwd ?? process.cwd());
  const context = await createContext({
    cwd, env: process.env, readStdin: async () => undefined, progress: () => undefined, emit: () => undefined,
    // The process is the test runner's: its signals are its own matter.
    shutdown: { signal, onClose: (close) => { closes.push(close); return () => undefined; }, onKill: () => undefined, close: async () => undefined },
  });
  try {
    const rootPath = await findRoot(context);
    const demand: BoundaryDemand = { required: options.required ?? [], forbidden: options.forbidden ?? [] };
    const report = await runCheck({
      providers: context.providers,
      rootPath,
      configuration: await context.loadConfiguration(rootPath),
      statePath: context.statePath,
      signal,
      contributed: await contributedBy(context),
      demand,
      ...(options.paths === undefined ? {} : { paths: options.paths.map((path) => resolve(cwd, path)) }),
    });
    const foreign = new Set(
      (await loadContributions())
        .filter((one) => one.domain !== "lint")
        .flatMap((one) => one.checks ?? [])
        .flatMap((check) => check.rules.map((rule) => rule.name)),
    );
    const findings = report.findings.filter(
      (one) =>
        !one.baselined &&
        (one.rule === "boundaries" ||
          ((options.documents === true || !foreign.has(one.rule)) && (options.rules === undefined || options.rules.includes(one.rule)))),
    );
    return { findings, isFine: findings.every((one) => one.severity !== "error"), text: renderFindingsForAgent(findings), coverage: report.coverage };
  } finally {
    for (const close of closes.reverse()) await close();
  }
}

/** Rejects with an error whose message is the findings as prompts. */
export async function assertArchitecture(options: ArchitectureOptions = {}): Promise<ArchitectureReport> {
  const report = await checkArchitecture(options);
  if (!report.isFine) throw new ArchitectureError(report);
  return report;
}

/** One test for each required boundary, and one for everything else; they share one check. */
export function architectureTests(test: RegisterTest, options: ArchitectureOptions & { readonly required: readonly string[] }): void {
  let shared: Promise<ArchitectureReport> | undefined;
  const run = (): Promise<ArchitectureReport> => shared ??= checkArchitecture(options);
  const expect = async (title: string, isOf: (finding: ArchitectureFinding) => boolean): Promise<void> => {
    const report = await run();
    const findings = report.findings.filter((one) => one.severity === "error" && isOf(one));
    if (findings.length > 0) throw new ArchitectureError({ ...report, findings, isFine: false, text: renderFindingsForAgent(findings) }, title);
  };
  const missing = (one: ArchitectureFinding, name: string): boolean => one.rule === "boundaries" && one.found.startsWith(`the boundary ${name} `);
  for (const name of options.required) test(`architecture: ${name}`, () => expect(name, (one) => one.rule === name || missing(one, name)));
  test("architecture: everything else", () => expect("everything else", (one) => !options.required.some((name) => one.rule === name || missing(one, name))));
}

export class ArchitectureError extends Error {
  readonly report: ArchitectureReport;

  constructor(report: ArchitectureReport, title = "the architecture") {
    const count = report.findings.filter((one) => one.severity === "error").length;
    super(`${count === 1 ? "1 finding" : `${count} findings`} against ${title}.\n\n${report.text}`);
    this.name = "ArchitectureError";
    this.report = report;
  }
}
