// An interruption is kept with what the agent did before it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withWhatCameBefore } from "./signals.ts";

const signal = { kind: "interruption", title: "A person spoke to the agent", text: "stop: use cents", link: "task t", cause: "message" } as const;

test("withWhatCameBefore() adds the agent's last steps, bounded, and leaves a signal without any as it is", () => {
  assert.equal(withWhatCameBefore(signal, []), signal);
  const { text } = withWhatCameBefore(signal, [
    { data: { event: "message", text: "I use\nfloats" } },
    { data: { event: "tool-finished", title: "npm test", output: "x".repeat(9_000), exitCode: 1 } },
  ]);
  assert.deepEqual([text.split("\n").slice(0, 4), text.length < 800], [["stop: use cents", "", "Before it:", "- message: I use floats"], true]);
});
