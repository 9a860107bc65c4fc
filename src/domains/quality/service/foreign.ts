// What lies in a repository and was not written there by hand: vendored code, output of generators and bundlers. It gets no grade. Pure.

const foreignFolders = new Set(["node_modules", "bower_components", "vendor", "vendored", "third_party", "third-party", "dist"]);
const foreignNames = /(?:\.min\.[cm]?js|\.bundle\.js|[._]pb2?(?:_grpc)?\.(?:go|js|py|ts)|\.pb\.gw\.go|\.generated\.[cm]?[jt]sx?|\.g\.dart)$/;

/** By its path. A folder is not foreign where it is the domain itself: a shop may have a domain `vendor`. */
export function isForeignPath(file: string, domain: string): boolean {
  return foreignNames.test(file) || file.split("/").slice(0, -1).some((part) => foreignFolders.has(part) && part !== domain);
}

/** A line of so many bytes on the average was written by no person: linguist takes 110 for minified. */
const bytesOfLineMax = 500;
/** Of so many lines at the top; Go wants the mark before the package, others write it first. */
const headLinesMax = 40;
const comment = /^\s*(?:\/\/|\/\*|\*|#|--|;|"""|<!--)/;
const mark =
  /\bgenerated\b.*\bdo not (?:edit|modify|change)\b|\bdo not (?:edit|modify|change)\b.*\bgenerated\b|(?:^|[\s*/#])@generated\b|\b(?:this|the) (?:file|code) (?:is|was|has been) (?:auto-?|automatically |machine[- ])generated\b/i;

/** By what stands at its top, in a comment, or by lines that only a machine writes. `head` is the beginning of the text. */
export function isGeneratedText({ head, bytes, lines, isScript }: { readonly head: string; readonly bytes: number; readonly lines: number; readonly isScript: boolean }): boolean {
  if (isScript && lines > 0 && bytes / lines > bytesOfLineMax) return true;
  return head.split("\n", headLinesMax).some((line) => line.length < 300 && comment.test(line) && mark.test(line));
}
