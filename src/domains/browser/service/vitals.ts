// Page timings as lines, each with the bound that Google's Web Vitals call good. Pure.
import type { Vitals } from "../types/activity.ts";

/** web.dev/articles/vitals (2024): largest contentful paint, layout shift, interaction to next paint. */
export const goodVitals = { lcpMs: 2500, cls: 0.1, inpMs: 200 } as const;

const ms = (value: number | undefined): string => (value === undefined ? "none" : `${Math.round(value)} ms`);
const mark = (isGood: boolean): string => (isGood ? "" : " (poor)");

export function renderVitals(vitals: Vitals): readonly string[] {
  const { lcpMs, cls, inpMs, longTasks } = vitals;
  const total = longTasks.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return [
    `LCP ${ms(lcpMs)}${mark(lcpMs === undefined || lcpMs <= goodVitals.lcpMs)}${vitals.lcpElement === undefined ? "" : ` ${vitals.lcpElement}`}`,
    `CLS ${cls.toFixed(3)}${mark(cls <= goodVitals.cls)}`,
    `INP ${inpMs === undefined ? "none above 16 ms" : ms(inpMs)}${mark(inpMs === undefined || inpMs <= goodVitals.inpMs)}`,
    `long tasks ${longTasks.length}, ${Math.round(total)} ms in all${longTasks.length === 0 ? "" : `, longest ${Math.round(Math.max(...longTasks.map(({ durationMs }) => durationMs)))} ms`}`,
    `TTFB ${ms(vitals.ttfbMs)}, FCP ${ms(vitals.fcpMs)}, DOMContentLoaded ${ms(vitals.domContentLoadedMs)}, load ${ms(vitals.loadMs)}`,
    `${vitals.domNodes} elements${vitals.scriptHeapBytes === undefined ? "" : `, script heap ${(vitals.scriptHeapBytes / 1024 ** 2).toFixed(1)} MiB`}`,
  ];
}
