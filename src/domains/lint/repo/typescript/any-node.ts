// Nodes of the tree for collectors that walk it themselves, whatever the type.

/** Any node of the tree: what its own keys say is read after a look at `type`. */
export interface AnyNode { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }

export function nameOf(value: unknown): string {
  const record = asRecord(value);
  return record === undefined ? "" : String(record["name"] ?? record["value"] ?? "");
}

export function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null; // asked only about what the tree holds under the keys of nodes
}

export function asNode(value: unknown): AnyNode | undefined {
  return isNode(value) ? value : undefined;
}

/** A list of the tree; holes of an array pattern are null in it. */
export function childrenOf(value: unknown): readonly AnyNode[] {
  return Array.isArray(value) ? value as readonly AnyNode[] : []; // every list of the tree holds nodes
}

export function nodesOf(value: unknown): readonly AnyNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : undefined; // any object may be asked for any key
}
