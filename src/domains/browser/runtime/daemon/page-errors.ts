// What went wrong in a page, said as what it is, with the state of the page and the next command. Knows the driver's messages.
import { InspanError, messageOf } from "../../../../base/errors.ts";

/** Of the driver's reason in a message. */
const reasonCharsMax = 300;

export const pageGone = (url: string, why: string): InspanError =>
  new InspanError("PAGE_GONE", `Cannot use the page${url === "" ? "" : ` "${url.slice(0, 200)}"`}: ${why}, expected an open page.`, {
    remedy: "inspan browser open",
  });

/** The lines of the driver's call log that say what it waited for. */
function reasonOf(message: string): string {
  const plain = message.replaceAll(/\u001b\[[0-9;]*m/g, "");
  const log = plain.split("\n").map((line) => line.replace(/^\s*-?\s*/, "").trim()).filter((line) => line !== "" && line !== "Call log:");
  const telling = log.findLast((line) =>
    /not (?:stable|visible|enabled|editable)|intercepts pointer|detached|outside of the viewport|resolved to \d+ elements|element is not/.test(line),
  );
  // A time-out without a cause says how far it came; any other error is its own cause.
  const [first = "", ...steps] = log;
  const last = steps.at(-1);
  const plainly = (line: string): string => line.replace(/^(?:locator|page|frame|elementHandle|keyboard|mouse)\.\w+: /, "").replace(/^\w*Error: /, "");
  return (telling ?? (last === undefined || !/Timeout/.test(first) ? plainly(first) : `${plainly(first)} It came as far as: ${last}`))
    .replace(/^[\w.]+: /, "")
    .replace(/\.$/, "")
    .slice(0, reasonCharsMax);
}

const netErrors: readonly (readonly [RegExp, string, string])[] = [
  [/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_SOCKET_NOT_CONNECTED/, "nothing answers there", "inspan up"],
  [/ERR_CERT_\w+|ERR_SSL_\w+/, "its certificate is not trusted", "inspan browser open http://…"],
  [/ERR_TUNNEL_CONNECTION_FAILED/, "this worktree's policy does not allow that origin, or nothing answers there", "add it to browser.origins in inspan.yaml and commit it"],
  [/ERR_TOO_MANY_REDIRECTS/, "it redirects in a circle", "inspan browser network"],
  [/ERR_NAME_NOT_RESOLVED/, "its name is not known", "inspan status"],
  [/ERR_INVALID_URL|invalid URL/i, "it is no address", "inspan browser open /"],
  [/ERR_ABORTED/, "the page stopped it (a download, an empty answer, or another navigation)", "inspan browser network"],
];

/** What was asked for does not fit that element, whatever the page does. */
const unfit =
  /Unknown key|Not a checkbox|Cannot uncheck radio|is not an? (?:HTMLInputElement|<\w+>)|Non-multiple file input|Cannot type text into|can ?not be filled|Malformed value/i;

/** `what` completes "Cannot …". Errors of ours pass as they are. */
export function explainPageError(error: unknown, what: string, state: string): InspanError {
  if (error instanceof InspanError) return error;
  const message = messageOf(error);
  const net = netErrors.find(([pattern]) => pattern.test(message));
  if (net !== undefined)
    return new InspanError("PAGE_UNREACHABLE", `Cannot ${what}: ${net[1]} (${/ERR_\w+/.exec(message)?.[0] ?? "refused"}).${state}`, {
      remedy: net[2],
      cause: error,
    });
  if (/Target crashed|Page crashed/i.test(message))
    return new InspanError("PAGE_CRASHED", `Cannot ${what}: the page's process crashed.${state}`, { remedy: "inspan browser open", cause: error });
  if (/(?:Target|page|context|browser).*(?:closed|disconnected)/i.test(message) && !/Timeout/.test(message))
    return new InspanError("PAGE_GONE", `Cannot ${what}: the page was closed meanwhile.${state}`, { remedy: "inspan browser open", cause: error });
  if (unfit.test(message))
    return new InspanError("ACTION_UNFIT", `Cannot ${what}: ${reasonOf(message)}.${state}`, {
      kind: "usage",
      remedy: "inspan browser act --help",
      cause: error,
    });
  if (/strict mode violation/.test(message))
    return new InspanError(
      "TARGET_AMBIGUOUS",
      `Cannot ${what}: ${/resolved to (\d+) elements/.exec(message)?.[1] ?? "several"} elements have that role and name, expected one.${state}`,
      { kind: "usage", remedy: "inspan browser snapshot", cause: error },
    );
  if (/aria-ref|Ref \w+ not found/.test(message) && /not found|stale/i.test(message))
    return new InspanError("TARGET_STALE", `Cannot ${what}: that reference is not in the last snapshot.${state}`, {
      kind: "usage",
      remedy: "inspan browser snapshot",
      cause: error,
    });
  if (/Timeout|exceeded/.test(message))
    return new InspanError("PAGE_TIMED_OUT", `Cannot ${what}: ${reasonOf(message)}.${state}`, { remedy: "inspan browser snapshot", cause: error });
  return new InspanError("PAGE_FAILED", `Cannot ${what}: ${reasonOf(message)}.${state}`, { remedy: "inspan browser snapshot", cause: error });
}
