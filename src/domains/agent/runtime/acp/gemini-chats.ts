// Keeps Gemini CLI from losing its own history: its files are named by minute and session, and a load in the minute of the start begins the
// same file anew, which empties it (seen with 0.61.0). Files under another name of the same form are found and gone on with.
import { join } from "node:path";
import type { Files } from "../../../../providers/index.ts";
import { removeLinks } from "../session-home.ts";

const chatName = /^session-(\d{4}-\d{2}-\d{2}T\d{2}-\d{2})-([0-9a-f]{8})\.jsonl$/;

/** Renames the chats below `userPath` out of the way of the next process. */
export async function keepGeminiChats(files: Files, userPath: string): Promise<void> {
  const root = join(userPath, ".gemini", "tmp");
  for (const project of await files.list(root)) {
    const folder = join(root, project.name, "chats");
    await removeLinks(files, userPath, folder); // whose chats they would be, the agent could choose
    const chats = await files.list(folder);
    // Each process leaves one more file, so their number makes a name that was not there before.
    for (const { name, kind } of chats) {
      const match = kind === "file" ? chatName.exec(name) : null;
      if (match !== null) await files.rename(join(folder, name), join(folder, `session-${match[1] ?? ""}-kept${chats.length}-${match[2] ?? ""}.jsonl`));
    }
  }
}
