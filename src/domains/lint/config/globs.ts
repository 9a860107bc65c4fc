// Path patterns as they stand in inspan.yaml: a glob or a list of them; one that begins with `!` takes paths away again.
import { z } from "zod";

export const Globs = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
export type Globs = z.infer<typeof Globs>;
