// The author of the demo's second report, whose fault a browser alone shows: a journey reproduces it, and what the journey tells names what is in the way.
import { call, text, type Conversation, type ModelStep, type ToolResult } from "./conversation.ts";
import { answerOf, blocksOf } from "./desk-words.ts";
import type { Hands } from "./hands.ts";

export const pageReport =
  "Cancel does nothing while the list shows one room: book a room, choose that room above the list, then press Cancel. Nothing happens, and nothing is said.";

export function isPageReport(conversation: Conversation): boolean {
  return conversation.messages.some((message) => message.kind === "user" && message.text.includes("Cancel does nothing while the list shows one room"));
}

const id = "cancel-in-one-room";

const journeyText = [
  "---", `id: ${id}`, "name: Cancel while one room is shown", "entry: /", 'covers: ["src/domains/booking/ui/**"]', "---", "",
  "# Cancel while one room is shown", "",
  '1. Book the Attic for a stand-up from 15:00 to 16:00.', "   ```play",
  '   select combobox "Room" in region "Book a room" = Attic (12)',
  '   fill textbox "From" = 15:00',
  '   fill textbox "To" = 16:00',
  '   fill textbox "Title" = Stand-up',
  '   click button "Book"',
  '   see "Booked: Stand-up"',
  "   ```",
  "2. Above the list choose the Attic: its day alone is shown.",
  "   ```play",
  '   select combobox "Room" in region "The day" = Attic',
  '   see button "Cancel Stand-up, Attic, 15:00 to 16:00"',
  "   ```",
  '3. Press "Cancel" in the row. The message says "Cancelled: Stand-up.", and the row is gone.',
  "   ```play",
  '   click button "Cancel Stand-up, Attic, 15:00 to 16:00"',
  '   see "Cancelled: Stand-up."',
  '   not see button "Cancel Stand-up, Attic, 15:00 to 16:00"',
  "   ```",
].join("\n");

function planning(turn: readonly ToolResult[], hands: Hands): ModelStep {
  if (turn.length === 0) return hands.read("docs/FRONTEND.md");
  if (turn.some((result) => result.tool.endsWith("submit_plan"))) return text("The plan is handed in.");
  return call(hands.operation("submit_plan"), {
    summary: "Nothing may lie over a row's Cancel. Show it by a journey that a browser plays, then let clicks through what lies over the list.",
    steps: ["Write the way of the report as a journey and see it fail in the browser", "Find what takes the click, and let it through", "See the journey walked to its end"],
  });
}

function reproducing(turn: readonly ToolResult[], hands: Hands): ModelStep {
  if (answerOf(turn, hands, "patch").length === 0) return hands.patch(`*** Add File: docs/journeys/${id}.md\n${journeyText.split("\n").map((line) => `+${line}`).join("\n")}`);
  const tries = turn.filter((result) => result.tool.endsWith("reproduce"));
  const last = tries.at(-1)?.text;
  if (last === undefined) return call(hands.operation("reproduce"), { journey: id });
  const why = /cannot be played here: ([^\n]+?) Show the fault by a test/.exec(last)?.[1];
  if (why !== undefined && tries.length === 1)
    return call(hands.operation("reproduce"), { noReproductionReason: `The fault shows in a browser alone, and none can be had here: ${why}` });
  return text("That is what can be shown.");
}

/** The rule of the style sheet that lays this element over everything. */
function letThrough(source: string, element: string): string | undefined {
  const rule = source.split("\n").find((line) => line.includes(`${element} {`) && line.includes("position: absolute"));
  return rule === undefined || rule.includes("pointer-events") ? undefined : `@@\n-${rule}\n+${rule.replace(/ \}$/, " pointer-events: none; }")}`;
}

function implementing(conversation: Conversation, turn: readonly ToolResult[], hands: Hands): ModelStep {
  const told = /<(\w+)[^>]*>[^\n]*intercepts pointer events|covered by <?(\w+)/.exec(blocksOf(conversation.lastUserText, "journey"));
  // Where nothing could be shown, there is only reading: what of this page can lie over a list?
  const element = told?.[1] ?? told?.[2] ?? (conversation.lastUserText.includes("There is nothing to reproduce") ? "caption" : undefined);
  if (element === undefined) return text("Nobody tells me what is in the way.");
  const hits = answerOf(turn, hands, "search").at(-1)?.text;
  if (hits === undefined) return hands.search(element);
  const path = /src\/[\w./-]+\.css/.exec(hands.plain(hits))?.[0];
  if (path === undefined) return text("No style sheet names what is in the way.");
  const source = answerOf(turn, hands, "read").at(-1)?.text;
  if (source === undefined) return hands.read(path);
  const patch = letThrough(hands.plain(source), element);
  if (answerOf(turn, hands, "patch").length === 0 && patch !== undefined) return hands.patch(`*** Update File: ${path}\n${patch}`);
  return text("Clicks go through to the row now.");
}

export function pageAuthor(conversation: Conversation, turn: readonly ToolResult[], hands: Hands): ModelStep {
  switch (/<phase>(\w+)<\/phase>/.exec(conversation.lastUserText)?.[1]) {
    case "planning": return planning(turn, hands);
    case "reproducing": return reproducing(turn, hands);
    case "implementing": return implementing(conversation, turn, hands);
    default: return text("There is nothing for me to do.");
  }
}
