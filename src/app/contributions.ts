// The list of domains. A domain is registered by its line here and nowhere else; its ui is loaded when it is used.
import type { Contribution } from "../providers/index.ts";

export const contributions: Readonly<Record<string, () => Promise<Contribution>>> = {
  knowledge: async () => (await import("../domains/knowledge/ui/index.ts")).contribution,
  worktree: async () => (await import("../domains/worktree/ui/index.ts")).contribution,
  telemetry: async () => (await import("../domains/telemetry/ui/index.ts")).contribution,
  instance: async () => (await import("../domains/instance/ui/index.ts")).contribution,
  evidence: async () => (await import("../domains/evidence/ui/index.ts")).contribution,
  browser: async () => (await import("../domains/browser/ui/index.ts")).contribution,
  journey: async () => (await import("../domains/journey/ui/index.ts")).contribution,
  feedback: async () => (await import("../domains/feedback/ui/index.ts")).contribution,
  lint: async () => (await import("../domains/lint/ui/index.ts")).contribution,
  agent: async () => (await import("../domains/agent/ui/index.ts")).contribution,
  forge: async () => (await import("../domains/forge/ui/index.ts")).contribution,
  review: async () => (await import("../domains/review/ui/index.ts")).contribution,
  "pull-request": async () => (await import("../domains/pull-request/ui/index.ts")).contribution,
  task: async () => (await import("../domains/task/ui/index.ts")).contribution,
  schedule: async () => (await import("../domains/schedule/ui/index.ts")).contribution,
  quality: async () => (await import("../domains/quality/ui/index.ts")).contribution,
  learning: async () => (await import("../domains/learning/ui/index.ts")).contribution,
  upkeep: async () => (await import("../domains/upkeep/ui/index.ts")).contribution,
  system: async () => (await import("./system/index.ts")).contribution,
};

export async function loadContributions(): Promise<readonly Contribution[]> {
  return Promise.all(Object.values(contributions).map((load) => load()));
}
