// How long a person waits for `inspan --help`, and what an older Node in front of it costs.
import { findOlderNode, launcher, median, quantile, round, timeMany, type Scenario } from "../measure.ts";

const count = 15;

export const help: Scenario = {
  name: "help", says: "inspan --help, second run; goal: at most 100 ms",
  run: async () => {
    const node = process.execPath;
    const times = await timeMany(count, [node, launcher, "--help"]);
    const older = await findOlderNode();
    const olderTimes = older === undefined ? [] : await timeMany(count, [older, launcher, "--help"]);
    const floor = await timeMany(count, [node, "-e", "0"]);
    const npm = await timeMany(count, ["npm", "--version"]);
    return {
      figures: {
        medianMs: round(median(times)),
        p90Ms: round(quantile(times, 0.9)),
        ...(older === undefined ? {} : { medianFromOlderNodeMs: round(median(olderTimes)), handOverMs: round(median(olderTimes) - median(times)) }),
      },
      peers: { "node -e 0": { medianMs: round(median(floor)) }, "npm --version": { medianMs: round(median(npm)) } },
    };
  },
};
