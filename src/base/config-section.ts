// The form in which a domain contributes its key of inspan.yaml. Knows zod's types, no domain.
import type { z } from "zod";

export interface ConfigSection<Schema extends z.ZodType = z.ZodType> {
  /** The top-level key of inspan.yaml; it belongs to exactly one domain. */
  readonly key: string;
  /** Parses the key's value; must accept `undefined` and then return the defaults. */
  readonly schema: Schema;
  readonly summary: string;
  /** A minimal YAML example, shown in docs/generated/configuration.md. */
  readonly example: string;
}

/** A parsed inspan.yaml. `read` is total: a key that the file lacks gives the section's defaults. */
export interface Configuration {
  /** Absolute path of the file, or undefined where the repository has none. */
  readonly path: string | undefined;
  /** Keys that the file sets, in its order. */
  readonly keys: readonly string[];
  /** Line, from 1, of the deepest part of this path that the file has; 1 where there is no file. Absent where the text is not at hand. */
  lineOf?(path: readonly (string | number)[]): number;
  read<Schema extends z.ZodType>(section: ConfigSection<Schema>): z.infer<Schema>;
}
