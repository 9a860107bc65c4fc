// What a run may spend, shared by repairs beside each other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRunTokens } from "./run-tokens.ts";

test("allot() shares what is left by the lanes, takes back what was not spent, and gives nothing where too little is left", () => {
  const tokens = createRunTokens(100_000);
  const ask = (waiting: number, lanes = 2, perTaskMax = 5_000_000) => tokens.allot({ waiting, lanes, perTaskMax });
  const one = ask(9), other = ask(8);
  assert.deepEqual([one?.tokens, other?.tokens, ask(7)], [50_000, 50_000, undefined]);
  one?.settle(30_000);
  assert.deepEqual([ask(7)?.tokens, tokens.spent()], [20_000, 30_000]);
  other?.settle(80_000);
  assert.deepEqual([ask(6), tokens.spent(), tokens.isEmpty()], [undefined, 110_000, true]);
  assert.deepEqual(
    [
      createRunTokens(9_999).allot({ waiting: 1, lanes: 1, perTaskMax: 5_000_000 }),
      createRunTokens(1_000_000).allot({ waiting: 1, lanes: 1, perTaskMax: 500 })?.tokens,
    ],
    [undefined, 500],
  );
});
