// The generated table of commands: enough to parse a command line and to print help without loading a single domain.
import { readFileSync } from "node:fs";

export interface ManifestOption {
  /** Input field, camelCase. */
  readonly field: string;
  readonly kind: "boolean" | "string" | "number" | "list";
  readonly description: string;
  readonly isRequired: boolean;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  /** Position from 0 where it may stand without its flag. */
  readonly position?: number;
}

export interface ManifestOperation {
  readonly name: string;
  readonly domain: string;
  readonly command: string;
  readonly summary: string;
  readonly isStreaming: boolean;
  readonly options: readonly ManifestOption[];
}

export interface Manifest { readonly operations: readonly ManifestOperation[] }

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL("./generated/manifest.json", import.meta.url), "utf8")) as Manifest; // written by scripts/generate.ts, checked for drift by a test
}

export function flagOf(field: string): string {
  return `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
