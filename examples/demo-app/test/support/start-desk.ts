// Starts the real app on a free loopback port, with its own data folder, for one test.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startDeskApp } from "../../src/app/desk-app.ts";
import { parseSettings } from "../../src/app/settings.ts";
import { type Clock, systemClock } from "../../src/providers/index.ts";

export const token = "token-of-the-tests";

export type Answer = { readonly status: number; readonly body: unknown };

export type TestDesk = {
  readonly url: string;
  readonly dataDir: string;
  /** What the app logged, parsed, in order. */
  readonly logged: () => readonly Record<string, unknown>[];
  /** Sends a request with the desk's token and returns status and parsed JSON. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Answer>;
};

/** Stopped and removed when the test `t` ends. */
export async function startDesk(t: TestContext, clock: Clock = systemClock, env: Readonly<Record<string, string>> = {}): Promise<TestDesk> {
  const dataDir = await mkdtemp(join(tmpdir(), "booking-desk-"));
  const lines: string[] = [];
  const app = await startDeskApp({
    settings: parseSettings({ ...env, PORT: "0", DATA_DIR: dataDir, DESK_TOKEN: token }),
    clock,
    writeLine: (line) => void lines.push(line),
  });
  t.after(async () => {
    await app.stop();
    await rm(dataDir, { recursive: true });
  });
  return {
    url: app.url,
    dataDir,
    logged: () => lines.map((line) => ({ ...JSON.parse(line) })),
    ask: async (method, path, body) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const response = await fetch(`${app.url}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    },
  };
}
