// A second check of a large repository: nothing changed, and one file changed.
import { appendFileSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { median, round, type Scenario } from "../measure.ts";
import { copySubject, runInspan } from "../subject.ts";

const count = 7;

export const checkWarm: Scenario = {
  name: "check-warm", says: "inspan check of INSPAN_BENCH_SUBJECT again, nothing changed; goal: 250 ms",
  run: async () => {
    const subject = copySubject();
    try {
      // What was written within two seconds is told by its content; a subject of people is older.
      for (const name of readdirSync(subject.path, { recursive: true, encoding: "utf8" }))
        if (name.endsWith("inspan.yaml")) utimesSync(join(subject.path, name), 1_600_000_000, 1_600_000_000);
      await runInspan(subject, ["check", "--json"]);
      await new Promise((done) => { setTimeout(done, 2_500); });
      await runInspan(subject, ["check", "--json"]);
      const runs = [];
      for (let index = 0; index < count; index++) runs.push(await runInspan(subject, ["check", "--json"]));
      const first = (JSON.parse((await runInspan(subject, ["graph", "--format", "json"])).stdout) as { files: { file: string }[] }).files[0]?.file ?? ""; // the form of CONTRACTS
      const changed = [];
      for (let index = 0; index < 3; index++) {
        appendFileSync(join(subject.path, first), `// ${index}\n`);
        changed.push(await runInspan(subject, ["check", "--json"]));
      }
      return {
        figures: {
          medianMs: round(median(runs.map((run) => run.ms))),
          ownMs: median(runs.map((run) => (JSON.parse(run.stdout) as { durationMs: number }).durationMs)),
          peakMb: round(Math.max(...runs.map((run) => run.peakMb))),
          oneChangedMs: round(median(changed.map((run) => run.ms))),
        },
      };
    } finally { subject.dispose(); }
  },
};
