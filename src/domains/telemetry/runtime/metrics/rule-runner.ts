// Evaluates rule groups on the engine's own data, each at its interval, and shows them as Prometheus' API does.
import type { Clock } from "../../../../providers/index.ts";
import { apiFloat } from "../../service/promql/api-json.ts";
import type { MetricStore } from "../../service/metrics/store.ts";
import "../../service/promql/re2-engine.ts";
import { evaluateRule, newRuleState, type RuleGroup, type RuleState } from "../../service/metrics/rules.ts";

interface Running { readonly group: RuleGroup; readonly states: readonly RuleState[]; durationMs: number }

// Groups are not evaluated more often; a test that wants it faster runs `rules test`.
const intervalMsMin = 100;

export class RuleRunner {
  readonly #store: MetricStore;
  readonly #clock: Clock;
  #controller: AbortController | undefined;
  #groups: Running[] = [];

  constructor(store: MetricStore, clock: Clock) { this.#store = store; this.#clock = clock; }

  /** Replaces all groups; alerts of the old ones are forgotten. */
  start(groups: readonly RuleGroup[], signal: AbortSignal): void {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.#groups = groups.map((group) => ({ group, states: group.rules.map(newRuleState), durationMs: 0 }));
    for (const running of this.#groups) void this.#loop(running, AbortSignal.any([controller.signal, signal]));
  }

  /** All groups once, now: for an assertion that waits for no interval. */
  evaluateAll(): void { for (const running of this.#groups) this.#evaluate(running); }

  #evaluate(running: Running): void {
    const startedMs = this.#clock.monotonicMs();
    for (const state of running.states) evaluateRule(state, this.#clock.nowMs(), { source: this.#store, store: this.#store, nowMs: () => this.#clock.monotonicMs() });
    running.durationMs = this.#clock.monotonicMs() - startedMs;
  }

  async #loop(running: Running, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#evaluate(running);
      try { await this.#clock.sleep(Math.max(intervalMsMin, running.group.intervalMs), signal); } catch { return; } // aborted
    }
  }

  #alertsOf(state: RuleState) {
    return [...state.alerts.values()].map((alert) => ({
      labels: alert.labels.toRecord(),
      annotations: alert.annotations,
      state: alert.state,
      activeAt: new Date(alert.activeAtMs).toISOString(),
      value: apiFloat(alert.value),
    }));
  }

  rules() {
    return {
      groups: this.#groups.map(({ group, states, durationMs }) => ({
        name: group.name,
        file: group.file,
        interval: group.intervalMs / 1000,
        limit: 0,
        evaluationTime: durationMs / 1000,
        lastEvaluation: new Date(Math.max(0, ...states.map(({ lastMs }) => lastMs))).toISOString(),
        rules: states.map((state) => ({
          name: state.rule.name,
          query: state.rule.expr,
          labels: state.rule.labels,
          health: state.health,
          ...(state.error === "" ? {} : { lastError: state.error }),
          evaluationTime: 0,
          lastEvaluation: new Date(state.lastMs).toISOString(),
          ...(state.rule.kind === "record"
            ? { type: "recording" }
            : {
                type: "alerting",
                duration: state.rule.forMs / 1000,
                keepFiringFor: state.rule.keepFiringForMs / 1000,
                annotations: state.rule.annotations,
                alerts: this.#alertsOf(state),
                state: [...state.alerts.values()].some((alert) => alert.state === "firing") ? "firing" : state.alerts.size > 0 ? "pending" : "inactive",
              }),
        })),
      })),
    };
  }

  alerts() { return { alerts: this.#groups.flatMap(({ states }) => states.flatMap((state) => this.#alertsOf(state))) }; }
}
