// Gives back what request bodies leave behind: external memory of young objects, which V8 lets grow far beyond what lives.
// A scavenge frees the bodies of finished requests for a millisecond; only what outlived two of them needs a whole collection, which costs ten times that.

const scavengeBytes = 4 * 1024 * 1024;
const collectBytes = 124 * 1024 * 1024;
let sinceScavenge = 0, sinceCollect = 0;
let collect: ((options: { readonly type: "minor" | "major" }) => void) | undefined;

function makeCollect(): (options: { readonly type: "minor" | "major" }) => void {
  process.getBuiltinModule("node:v8").setFlagsFromString("--expose-gc");
  const found: unknown = process.getBuiltinModule("node:vm").runInNewContext("gc");
  return typeof found === "function" ? (options) => { found(options); } : () => {};
}

/** Told of every body's size. Collects after the present request, not within it. */
export function noteBody(sizeBytes: number): void {
  sinceScavenge += sizeBytes;
  sinceCollect += sizeBytes;
  if (sinceScavenge < scavengeBytes) return;
  sinceScavenge = 0;
  const type = sinceCollect < collectBytes ? "minor" : "major";
  if (type === "major") sinceCollect = 0;
  setImmediate(() => { (collect ??= makeCollect())({ type }); });
}
