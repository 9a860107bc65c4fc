// All kinds of rules in one union. A new kind: its schema here, its code in service/kinds.
import { z } from "zod";
import { architectureExample, architectureKinds } from "./architecture.ts";
import { contentExample, contentKinds } from "./content.ts";
import { evidenceExample, evidenceKinds } from "./evidence.ts";
import { tasteExample, tasteKinds } from "./taste.ts";

export const KindRule = z.discriminatedUnion("kind", [...architectureKinds, ...tasteKinds, ...evidenceKinds, ...contentKinds]);
export type KindRule = z.infer<typeof KindRule>;
export type KindName = KindRule["kind"];

export const kindExamples: readonly string[] = [...architectureExample, ...tasteExample, ...evidenceExample, ...contentExample];
