// The script of the demo: an author and its reviewers at the booking desk. It knows the craft (how to write this test, how to compare intervals), but every
// path and every repair is taken from what stands in its request: test output, finding, review comment, CI log. Deaf on one of these, it cannot land the change.
import { call, text, type Conversation, type ModelStep, type Script, type ToolResult } from "./conversation.ts";
import { answerOf, blocksOf, turnOf } from "./desk-words.ts";
import { isPageReport, pageAuthor } from "./desk-page.ts";
import { handsFor, type Hands } from "./hands.ts";

function planning(turn: readonly ToolResult[], hands: Hands): ModelStep {
  if (turn.length === 0) return hands.read("AGENTS.md");
  if (!turn.some((result) => result.tool.endsWith("submit_plan"))) {
    return call(hands.operation("submit_plan"), {
      summary: "Bookings that only touch must not count as a conflict. Show it by a test at the domain's door, mend the rule, keep its description true.",
      steps: ["Write a test with two touching bookings and see it fail", "Mend the rule that refuses", "Run the tests", "Bring generated documents up to date"],
    });
  }
  return text("The plan is handed in.");
}

const testText = (door: string, support: string): string => [
  'import assert from "node:assert/strict";', 'import { test } from "node:test";', "",
  `import { buildingRules, decideBooking } from "${door}";`, `import { makeBooking } from "${support}";`, "",
  'const taken = makeBooking({ from: "10:00", to: "11:00" });', 'const room = { id: taken.room, name: "Harbour", capacity: 4 };', "",
  'test("decideBooking() accepts a booking that only touches another one", () => {',
  "  for (const times of [",
  '    { from: "11:00", to: "12:00" },',
  "  ]) {",
  "    const decision = decideBooking({ wanted: makeBooking(times), room, taken: [taken], config: buildingRules });",
  '    assert.deepEqual(decision, { kind: "accepted" });',
  "  }", "});",
].join("\n");

function reproducing(turn: readonly ToolResult[], hands: Hands): ModelStep {
  const listing = answerOf(turn, hands, "list").at(-1)?.text;
  if (listing === undefined) return hands.list();
  const door = /src\/domains\/booking\/index\.ts/.exec(listing)?.[0];
  const support = /test\/support\/[\w-]*booking[\w-]*\.ts/.exec(listing)?.[0];
  if (!door || !support) return text("I find neither the domain's door nor its test support.");
  const path = "test/back-to-back.test.ts";
  const patched = answerOf(turn, hands, "patch");
  if (patched.length === 0 && !listing.includes(path))
    return hands.patch(
      `*** Add File: ${path}\n${testText(`../${door}`, support.replace(/^test\//, "./"))
        .split("\n")
        .map((line) => `+${line}`)
        .join("\n")}`,
    );
  if (!turn.some((result) => result.tool.endsWith("reproduce"))) return call(hands.operation("reproduce"), { command: `node --test ${path}` });
  return text("The fault is reproduced.");
}

/** The import that a finding says to write instead of another one: both stand between backticks in its Fix. */
export function importRepair(finding: string): { readonly from: string; readonly to: string; readonly file: string } | undefined {
  const file = /^File: (\S+)/m.exec(finding)?.[1];
  const imports = [...finding.matchAll(/`(import [^`]+)`/g)].map((match) => match[1] ?? "");
  const [from, to] = imports.slice(-2);
  return file && from && to && from !== to ? { file, from, to } : undefined;
}

function changeRule(source: string, hits: string, path: string): string | undefined {
  const comparison = source.split("\n").find((line) => line.includes("wanted.from <= booking.to"));
  const comment = source.split("\n").filter((line) => /any time in common|still holds the room/.test(line));
  const importLine = source.split("\n").find((line) => line.startsWith("import type { Booking"));
  const domain = path.split("/service/")[0] ?? "";
  const helper = [...hits.matchAll(/(src\/[\w./-]+\.ts)[:\s]/g)]
    .map((match) => match[1] ?? "")
    .find((file) => file.startsWith(domain) && !file.includes("/service/") && !file.includes("/ui/") && !file.endsWith(".test.ts"));
  if (!comparison || !importLine || !helper) return undefined;
  const added = `import { sharedMinutes, toInterval } from "..${helper.slice(domain.length)}";`;
  const commentPatch =
    comment.length === 2
      ? `@@\n${comment.map((line) => `-${line}`).join("\n")}\n+ * Two bookings of a room on a day are in conflict when they share at least a minute. The end is\n+ * not included: a booking until 11:00 leaves the room free from 11:00.\n`
      : "";
  return `*** Update File: ${path}\n@@\n ${importLine}\n+${added}\n${commentPatch}@@\n-${comparison}\n+    .find((booking) => sharedMinutes(toInterval(wanted), toInterval(booking)) > 0);`;
}

function repairFromFinding(turn: readonly ToolResult[], hands: Hands, words: string): ModelStep | undefined {
  const repair = importRepair(blocksOf(words, "finding"));
  if (!repair) return undefined;
  const isDone = answerOf(turn, hands, "patch").some((result) => hands.wrote(result, repair.to));
  return isDone ? undefined : hands.patch(`*** Update File: ${repair.file}\n@@\n-${repair.from}\n+${repair.to}`, `The finding says how to repair it: ${repair.to}`);
}

function implementing(conversation: Conversation, turn: readonly ToolResult[], hands: Hands): ModelStep {
  const path = /src\/[\w./-]+\/service\/[\w-]+\.ts/.exec(blocksOf(conversation.lastUserText, "test-output"))?.[0];
  if (!path) return text("The test output does not tell me which file refuses the booking.");
  const source = answerOf(turn, hands, "read").at(-1)?.text;
  if (source === undefined) return hands.read(path);
  const hits = answerOf(turn, hands, "search").at(-1)?.text;
  if (hits === undefined) return hands.search("sharedMinutes");
  const patches = answerOf(turn, hands, "patch");
  const patch = changeRule(hands.plain(source), hands.plain(hits), path);
  if (patches.length === 0 && patch !== undefined) return hands.patch(patch);
  const shown = conversation.messages
    .slice(conversation.messages.findLastIndex((message) => message.kind === "user" && message.text.includes("<phase>")))
    .map((message) => ("text" in message ? message.text : ""))
    .join("\n");
  const repair = repairFromFinding(turn, hands, shown);
  if (repair) return repair;
  if (answerOf(turn, hands, "run").length === 0) return hands.run("npm test");
  return text("The rule compares half-open intervals now, and its tests pass.");
}

function validating(conversation: Conversation, turn: readonly ToolResult[], hands: Hands): ModelStep {
  const repair = repairFromFinding(turn, hands, conversation.lastUserText);
  if (repair) return repair;
  return turn.length === 0 ? text("I see nothing that I know how to repair.") : text("Repaired.");
}

function answeringReview(conversation: Conversation, results: readonly ToolResult[], hands: Hands): ModelStep {
  const comment = blocksOf(conversation.lastUserText, "review-comment");
  const id = /^id: (\S+)/m.exec(comment)?.[1];
  const file = /^file: (\S+)/m.exec(comment)?.[1];
  const wanted = /`([^`]+)`/.exec(/^suggestion: (.+)$/m.exec(comment)?.[1] ?? "")?.[1];
  if (!id || !file || !wanted) return text("I was told of no finding that I understand.");
  if (!results.some((result) => result.tool.endsWith("reply_to_finding")))
    return call(hands.operation("reply_to_finding"), { id, decision: "fix", reason: "Right: the boundary has two sides. The other one is added." });
  const source = answerOf(results, hands, "read").at(-1)?.text;
  if (source === undefined) return hands.read(file);
  const anchor = hands.plain(source).split("\n").find((line) => /^\s+\{ from: /.test(line));
  if (anchor && !source.includes(wanted) && answerOf(results, hands, "patch").length === 0) return hands.patch(`*** Update File: ${file}\n@@\n ${anchor}\n+    ${wanted}`);
  return text("The finding is answered.");
}

function checking(conversation: Conversation, turn: readonly ToolResult[], hands: Hands): ModelStep {
  const command = /run `([^`]+)`/.exec(blocksOf(conversation.lastUserText, "ci-log"))?.[1];
  if (!command) return text("The log tells me nothing that I could repair.");
  return answerOf(turn, hands, "run").length === 0 ? hands.run(command) : text("Done what the log asks for.");
}

function reviewing(conversation: Conversation): ModelStep {
  const diff = blocksOf(conversation.lastUserText, "diff");
  const ids = [...blocksOf(conversation.lastUserText, "review-comment").matchAll(/^id (\S+)/gm)].map((match) => match[1] ?? "");
  const test = /^\+\+\+ b\/(\S+\.test\.ts)/m.exec(diff)?.[1];
  const covers = (from: string) => new RegExp(`^[+ ].*from: "${from}"`, "m").test(diff);
  const isOneSided = conversation.system.includes("both sides") && test !== undefined && covers("11:00") && !covers("09:00");
  const rulings = ids.map((id) => ({
    id,
    ruling: isOneSided ? "still-open" : "resolved",
    reason: isOneSided ? "The other side is still not tested." : "Both sides are tested now.",
  }));
  const findings = isOneSided && ids.length === 0 ? [{
    priority: "P2",
    file: test,
    title: "The boundary is tested on one side only",
    detail: "The test touches the taken booking from behind. A booking that ends where the taken one begins is not covered.",
    evidence: `Only from 11:00 in ${test}.`, suggestion: 'Add `{ from: "09:00", to: "10:00" },` to the times of the test.',
  }] : [];
  return text(JSON.stringify({ verdict: isOneSided ? "request-changes" : "approve", findings, rulings }));
}

/** What the harness said last; some clients put reminders of their own behind it. */
function harnessWords(conversation: Conversation): string {
  const spoken = conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : []));
  return spoken.findLast((words) => /<phase>|Reviewers read your change|<untrusted source="diff/.test(words)) ?? conversation.lastUserText;
}

/** Chooses the step by who is spoken to and by the phase that stands in the last text. */
export const script: Script = (asked) => {
  const conversation = { ...asked, lastUserText: harnessWords(asked) };
  if (
    conversation.system.includes("You are the reviewer") ||
    conversation.messages.some((message) => message.kind === "developer" && message.text.includes("You are the reviewer"))
  )
    return reviewing(conversation);
  const hands = handsFor(conversation);
  if (isPageReport(conversation)) return pageAuthor(conversation, turnOf(conversation, "<phase>"), hands);
  const turn = turnOf(conversation, "<phase>");
  const last = conversation.lastUserText;
  if (last.includes("Reviewers read your change")) {
    return answeringReview(conversation, turnOf(conversation, "Reviewers read your change"), hands);
  }
  switch (/<phase>(\w+)<\/phase>/.exec(last)?.[1]) {
    case "planning": return planning(turn, hands);
    case "reproducing": return reproducing(turn, hands);
    case "implementing": return implementing(conversation, turn, hands);
    case "validating": return validating(conversation, turn, hands);
    case "checking": return checking(conversation, turn, hands);
    default: return text("There is nothing for me to do.");
  }
};
