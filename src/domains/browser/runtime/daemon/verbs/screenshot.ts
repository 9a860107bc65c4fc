// `browser screenshot`: a picture in a file, or the layout as text.
import { withDeadline } from "../../../../../base/async.ts";
import { InspanError } from "../../../../../base/errors.ts";
import { headOf } from "../../../service/render-tree.ts";
import { rasterise } from "../../../service/rasterise.ts";
import type { ScreenshotInput } from "../../../types/inputs.ts";
import type { PageBox } from "../../../types/index.ts";
import { boxesScript } from "../page-scripts.ts";
import type { WorktreePages } from "../worktree-pages.ts";
import { headCharsMax, type VerbReply } from "./reply.ts";

const pictureMsMax = 10_000;
/** A higher page is cut: a picture of it would fill memory. */
const heightMax = 16_000;

const kinds = new Set(["text", "field", "button", "check", "image", "rule"]);

function parseBoxes(value: unknown): readonly PageBox[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (box: unknown): box is PageBox =>
      typeof box === "object" &&
      box !== null &&
      "kind" in box &&
      kinds.has(String(box.kind)) &&
      "text" in box &&
      typeof box.text === "string" &&
      ["x", "y", "width", "height"].every((side) => Number.isFinite((box as Readonly<Record<string, unknown>>)[side])),
  ); // each side is looked at here
}

async function asText(pages: WorktreePages, input: ScreenshotInput): Promise<VerbReply> {
  const page = pages.page();
  const raw = await pages.timed(withDeadline(page.evaluate(boxesScript(input.full)), pictureMsMax, () => { throw new Error(`Timeout ${pictureMsMax}ms exceeded`); }));
  let boxes = parseBoxes(raw);
  if (input.target !== undefined) {
    const area = await (await pages.locate(input.target, "draw")).boundingBox();
    if (area === null)
      throw new InspanError("TARGET_UNSEEN", `Cannot draw "${input.target.slice(0, 80)}": it takes no place on the page.`, {
        kind: "usage",
        remedy: "inspan browser snapshot",
      });
    boxes = boxes
      .filter(
        (box) =>
          box.x + box.width / 2 >= area.x &&
          box.x + box.width / 2 <= area.x + area.width &&
          box.y + box.height / 2 >= area.y &&
          box.y + box.height / 2 <= area.y + area.height,
      )
      .map((box) => ({ ...box, x: box.x - area.x, y: box.y - area.y }));
  }
  const { lines, isCut } = rasterise(boxes);
  const file = await pages.options.evidence.writeText("layout", ".txt", `${lines.join("\n")}\n`);
  const { text, leftOut } = headOf(lines, headCharsMax);
  return {
    said: isCut ? "The page goes on below what is drawn." : "",
    text: `${text}${leftOut === 0 ? "" : `\n… ${leftOut} more lines in the file`}`,
    file,
    data: { rows: lines.length },
  };
}

/** Width and height of a PNG, from its header. */
function sizeOf(png: Buffer): { readonly width: number; readonly height: number } {
  return png.length < 24 ? { width: 0, height: 0 } : { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

export async function screenshot(pages: WorktreePages, input: ScreenshotInput): Promise<VerbReply> {
  if (input.text) return asText(pages, input);
  const page = pages.page();
  const options = { type: "png", animations: "disabled", caret: "hide", scale: "css", timeout: pictureMsMax } as const;
  let png: Buffer;
  if (input.target !== undefined) png = await pages.timed((await pages.locate(input.target, "take a picture")).screenshot(options));
  else {
    const height = input.full ? Number(await pages.timed(withDeadline(page.evaluate("document.documentElement.scrollHeight"), pictureMsMax, () => 0))) : 0;
    const clip = height > heightMax ? { clip: { x: 0, y: 0, width: pages.policy.viewport.width, height: heightMax } } : {};
    png = await pages.timed(page.screenshot({ ...options, fullPage: input.full, ...clip }));
  }
  const file = await pages.options.evidence.writeBytes("page", ".png", png);
  const { width, height } = sizeOf(png);
  return { said: `picture of ${width} × ${height}, ${Math.round(png.length / 1024)} kB`, text: "", file, data: { width, height, sizeBytes: png.length } };
}
