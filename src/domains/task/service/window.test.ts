import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import { newWindow, takeRequest } from "./window.ts";

function judge(sizes: readonly number[]): readonly string[] {
  let window = newWindow;
  return sizes.flatMap((inputTokens, index) => {
    const taken = takeRequest(window, { ...noUsage, inputTokens });
    window = taken.window;
    return taken.judgement === undefined ? [] : [`${index} ${taken.judgement}`];
  });
}

test("takeRequest() sees a compaction where two requests in a row are less than half of the largest", () => {
  for (const [sizes, judgements] of [
    [[20_000, 21_000, 8_000, 8_200, 8_400], ["3 compacted"]],
    [[20_000, 21_000, 8_000, 22_000, 300, 23_000], []], // side requests come alone
    [[20_000, 15_000, 12_000, 11_000], []], // shrunk, but not by half
    [[4_000, 500, 500, 500], []], // too small to have been cut down
    [[20_000, 8_000, 8_000, 16_000, 3_000, 3_000], ["2 compacted", "5 compacted"]],
    [[20_000, 50_000, 60_000, 91_000], ["1 grown", "3 grown"]],
    [[], []],
  ] as const) assert.deepEqual(judge(sizes), judgements, sizes.join(" "));
});
