// What every rule of a kind (`- { kind: … }`) can say besides its own keys.
import { z } from "zod";
import { Globs } from "../globs.ts";

export const RuleName = z.string().regex(/^[a-z][a-z0-9-]*$/, "a rule's name is kebab-case");

export const common = {
  name: RuleName.optional().describe("Name in findings; the kind unless told. Several entries of one kind need names."),
  in: Globs.default("**").describe("Files that the rule binds."),
  except: Globs.optional().describe("Files that it does not bind all the same."),
  severity: z.enum(["error", "warning", "off"]).default("error").describe("A warning does not fail the check; `off` keeps the entry without effect."),
  why: z.string().min(1).optional().describe("The reason, in a sentence; a usual one unless told."),
  fix: z.string().min(1).optional().describe("What to do instead of what the finding says by itself."),
  reference: z.string().min(1).optional().describe("Path or address where more is written."),
};
