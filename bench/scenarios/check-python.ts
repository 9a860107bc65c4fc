// The whole check of a large Python repository, cold and with nothing changed. INSPAN_BENCH_PYTHON names the checkout; it is only read. CPython's own parser on the same files is
// the peer: a linter written in Python has to do at least that.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcher, median, round, time, type Scenario } from "../measure.ts";

const runs = 3;
const parseAll =
  "import ast,subprocess,sys\nfor f in subprocess.run(['git','ls-files','-z','*.py'],capture_output=True).stdout.decode().split('\\0'):\n  try: ast.parse(open(f,encoding='utf8').read())\n  except Exception: pass\n";

export const checkPython: Scenario = {
  name: "check-python", says: "inspan check on a large Python repository (INSPAN_BENCH_PYTHON), cold",
  run: async () => {
    const subject = process.env["INSPAN_BENCH_PYTHON"];
    if (subject === undefined) throw new Error("Cannot measure check-python: INSPAN_BENCH_PYTHON is not set, expected the path of a checkout with much Python.");
    const cold: number[] = [];
    const warm: number[] = [];
    let coverage = { files: 0, importsTotal: 0, edges: 0 };
    for (let index = 0; index < runs; index++) {
      // Another state folder each time: nothing is remembered.
      const home = mkdtempSync(join(tmpdir(), "inspan-bench-"));
      const run = () => time([process.execPath, launcher, "check", "--json"], { cwd: subject, env: { ...process.env, INSPAN_HOME: home } });
      const first = await run();
      cold.push(first.ms);
      warm.push((await run()).ms);
      ({ coverage } = JSON.parse(first.stdout) as { coverage: typeof coverage }); // the form of CONTRACTS
      rmSync(home, { recursive: true, force: true });
    }
    const peer: number[] = [];
    for (let index = 0; index < runs; index++) peer.push((await time(["python3", "-c", parseAll], { cwd: subject })).ms);
    return {
      figures: { coldMedianMs: round(median(cold)), unchangedMedianMs: round(median(warm)), files: coverage.files, imports: coverage.importsTotal, edges: coverage.edges },
      peers: { "ast.parse": { medianMs: round(median(peer)) } },
    };
  },
};
