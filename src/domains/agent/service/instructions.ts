// What stands above every turn of a session: the harness's instructions and the repository's own map. Pure.
import { boundText } from "../../../base/text.ts";

const mapCharsMax = 32_000; // as much as Codex itself would take; a longer map is a fault of the repository, and costs in every request

/** Instructions of the session, and the repository's AGENTS.md where there is one. */
export function renderInstructions(instructions: string, map: string | undefined): string {
  if (map === undefined || map.trim() === "") return instructions;
  return `${instructions}\n\n# AGENTS.md of this worktree\n\n${boundText(map, mapCharsMax)}`;
}
