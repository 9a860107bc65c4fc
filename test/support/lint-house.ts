// A small clean house in a temporary folder, checked through the real runtime. Shared by the tests of lint.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { parse, stringify } from "yaml";
import { parseConfiguration } from "../../src/app/configuration.ts";
import { contribution } from "../../src/domains/lint/ui/index.ts";
import type { Configuration } from "../../src/base/config-section.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import type { Providers } from "../../src/providers/index.ts";
import type { CheckReport } from "../../src/domains/lint/index.ts";
import { runCheck } from "../../src/domains/lint/runtime/index.ts";

export const cleanFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "house", dependencies: { pino: "1", zod: "1" }, exports: { "./*": "./src/*" } }),
  "tsconfig.json": JSON.stringify({ compilerOptions: { paths: { "@/*": ["./src/*"] } } }),
  "src/domains/rooms/types.ts": "export interface Room { readonly name: string }\nexport const roomsMax = 3;\n",
  "src/domains/rooms/config.ts": 'import { roomsMax } from "./types.ts";\nexport const limit = roomsMax;\n',
  "src/domains/rooms/repo.ts": 'import { limit } from "./config.ts";\nimport { log } from "../../providers/index.ts";\nexport const load = () => log(limit);\n',
  "src/domains/rooms/service/price.ts": 'import { limit } from "../config.ts";\nexport const price = limit;\n',
  "src/domains/rooms/runtime/session.ts":
    'import type { Room } from "../types.ts";\nimport { load } from "../repo.ts";\nexport type { Room };\nexport interface Session { readonly room: Room }\nexport const open = () => load();\nexport default open;\n',
  "src/domains/rooms/index.ts": 'export type { Room } from "./types.ts";\nexport { roomsMax } from "./types.ts";\n',
  "src/domains/booking/types.ts": 'import type { Room } from "../rooms/index.ts";\nexport interface Booking { readonly room: Room }\n',
  "src/domains/booking/index.ts": 'export type { Booking } from "./types.ts";\n',
  "src/providers/index.ts": 'import pino from "pino";\nexport const log = (value: unknown) => pino(value);\n',
};

export const cleanConfiguration = `
version: 1
domains: src/domains/*
layers: [types, config, repo, service, runtime, ui]
providers: { path: src/providers, packages: [pino] }
`;

/** Through the real parser, with the keys of lint only; other keys are left out. */
export function configurationOf(text: string): Configuration {
  const keys = contribution.configSections.map((section) => section.key);
  const whole = /^version:/m.test(text) ? text : `${text}\nversion: 1\n`;
  const value = parse(whole) as Record<string, unknown>; // a map written in the test itself
  const strange = Object.keys(value).filter((key) => key !== "version" && !keys.includes(key));
  return parseConfiguration({
    text: strange.length === 0 ? whole : stringify(Object.fromEntries(Object.entries(value).filter(([key]) => !strange.includes(key)))),
    path: "inspan.yaml",
    sections: contribution.configSections,
  });
}

export interface House {
  readonly rootPath: string;
  readonly providers: Providers;
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  remove(file: string): Promise<void>;
  link(file: string, target: string): Promise<void>;
  check(configuration?: string, options?: { readonly paths?: readonly string[]; readonly changedSince?: string; readonly isStaged?: boolean }): Promise<CheckReport>;
}

/** The clean house, with files added or replaced; removed when the test ends. */
export function buildHouse(t: TestContext, files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<House> {
  return buildTree(t, { ...cleanFiles, ...files });
}

/** A folder with these files and nothing else. */
export async function buildTree(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<House> {
  const rootPath = await mkdtemp(join(tmpdir(), "inspan-lint-"));
  t.after(() => rm(rootPath, { recursive: true, force: true }));
  const providers = createNodeProviders({ env: process.env, statePath: join(rootPath, ".state"), version: "0.0.0" });
  const write = async (more: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    for (const [file, text] of Object.entries(more)) {
      await mkdir(dirname(join(rootPath, file)), { recursive: true });
      await writeFile(join(rootPath, file), text);
    }
  };
  await write(files);
  return {
    rootPath, providers, write,
    remove: (file) => rm(join(rootPath, file)),
    link: async (file, target) => { await mkdir(dirname(join(rootPath, file)), { recursive: true }); await symlink(target, join(rootPath, file)); },
    check: (configuration = cleanConfiguration, options = {}) => runCheck({ providers, rootPath, configuration: configurationOf(configuration), ...options }),
  };
}

/** Findings as short lines: `rule file:line`. */
export function shortly(report: Pick<CheckReport, "findings">): string[] {
  return report.findings.map((finding) => `${finding.rule} ${finding.file}:${finding.line}`);
}
