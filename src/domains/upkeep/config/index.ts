// The key `upkeep`: where principles and lessons are written, and how much one run may propose.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";

const path = z.string().min(1).max(200);

export const Upkeep = z.strictObject({
  principles: path.default("docs/golden-principles.md").describe("A page, or a folder of pages, with the golden principles"),
  lessons: path.default("docs/lessons.md").describe("Where rejected kinds are kept, with the reason"),
  tracker: path.default("docs/exec-plans/tech-debt-tracker.md").describe("The table of debt that is worked off"),
  max: z.number().int().min(1).max(200).default(20).describe("Pull requests of one run"),
  debtMax: z.number().int().min(0).max(20).default(1).describe("Entries of the tracker that one run takes, the top ones first"),
  readings: z
    .number()
    .int()
    .min(0)
    .max(200)
    .default(5)
    .describe("What an agent reads in one run: documents against their code (garden), principles that name a reviewer (gc); 0 for nothing"),
  tokens: z
    .number()
    .int()
    .positive()
    .default(20_000_000)
    .describe("Input and output tokens of one whole run, of its readers and all of its tasks; what is left over waits for the next run"),
  linesMax: z.number().int().min(1).max(1_000).default(80).describe("Changed lines of one pull request: what is read in a minute"),
  filesMax: z.number().int().min(1).max(100).default(8).describe("Changed files of one pull request"),
  atOnce: z.number().int().min(1).max(8).default(1).describe("Tasks beside each other"),
}).prefault({});
export type Upkeep = z.infer<typeof Upkeep>;

export const upkeepSection = {
  key: "upkeep", summary: "How deviations from golden principles and untrue documents are repaired: `inspan gc`, `inspan garden`.", schema: Upkeep,
  example: "upkeep: { max: 5, linesMax: 60 }",
} satisfies ConfigSection;
