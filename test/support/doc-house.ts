// A repository of documents in a temporary folder, checked by the document rules through the real runtime and real git.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Configuration } from "../../src/base/config-section.ts";
import { parseConfiguration } from "../../src/app/configuration.ts";
import { docsSection } from "../../src/domains/knowledge/index.ts";
import { checkDocuments } from "../../src/domains/knowledge/runtime/index.ts";
import { domainsSection, exceptionsSection, layersSection, providersSection, rulesSection } from "../../src/domains/lint/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import type { CheckSubject, ContributedFinding, OperationContext } from "../../src/providers/index.ts";

export interface DocHouse {
  readonly path: string;
  write(files: Readonly<Record<string, string | Uint8Array>>): void;
  git(...args: readonly string[]): string;
  commit(message?: string): string;
  /** Findings of all document rules; `yaml` is inspan.yaml, without it the repository has none. */
  check(yaml?: string): Promise<readonly ContributedFinding[]>;
  /** As short lines: `rule file:line:column`. */
  shortly(yaml?: string): Promise<readonly string[]>;
  readonly context: OperationContext;
}

/** `today` is the date that rules of age see. */
export function buildDocHouse(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>, today = "2030-06-01"): DocHouse {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "inspan-docs-")));
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.org",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.org",
  };
  const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: path, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git("init", "--quiet", "--initial-branch=main");
  const write = (more: Readonly<Record<string, string | Uint8Array>>): void => {
    for (const [file, text] of Object.entries(more)) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    }
  };
  write(files);
  const real = createNodeProviders({ env: process.env, statePath: join(path, ".git", "state"), version: "0.0.0" });
  const providers = { ...real, clock: { ...real.clock, nowIso: () => `${today}T12:00:00.000Z`, monotonicMs: () => real.clock.monotonicMs() } };
  const sections = [docsSection, domainsSection, layersSection, providersSection, rulesSection, exceptionsSection];
  const loadConfiguration = async (): Promise<Configuration> =>
    parseConfiguration({
      text: existsSync(join(path, "inspan.yaml")) ? readFileSync(join(path, "inspan.yaml"), "utf8") : undefined,
      path: "inspan.yaml",
      sections,
    });
  const context = { providers, cwd: path, callerPath: path, signal: new AbortController().signal, loadConfiguration } as unknown as OperationContext; // the parts that documents use
  const check = async (yaml?: string): Promise<readonly ContributedFinding[]> => {
    const configuration = parseConfiguration({ text: yaml, path: "inspan.yaml", sections: [docsSection] });
    const list = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0").filter((file) => file !== "").sort();
    const subject: CheckSubject = { rootPath: path, configuration, files: list, isWanted: undefined, declaredNames: async () => new Set() };
    return checkDocuments(context, subject);
  };
  return {
    path, write, git, context, check,
    commit: (message = "change") => { git("add", "-A"); git("commit", "--quiet", "--allow-empty", "-m", message); return git("rev-parse", "HEAD"); },
    shortly: async (yaml) => (await check(yaml)).map((finding) => `${finding.rule} ${finding.file}:${finding.line}:${finding.column}`).sort(),
  };
}
