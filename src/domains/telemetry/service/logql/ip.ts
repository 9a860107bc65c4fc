// IP addresses in lines and labels: one address, a range `a-b` or a CIDR block, of version 4 or 6.

interface Range { readonly version: 4 | 6; readonly low: bigint; readonly high: bigint }

/** The address as a number with its version, or undefined. IPv4 without leading zeros, IPv6 with one `::` and an optional IPv4 tail. */
export function parseAddress(text: string): { readonly version: 4 | 6; readonly value: bigint } | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(":")) {
    const value = parseVersion4(text);
    return value === undefined ? undefined : { version: 4, value };
  }
  const value = parseVersion6(text.replace(/%.*$/, ""));
  return value === undefined ? undefined : { version: 6, value };
}

function parseVersion4(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0n;
  for (const part of match.slice(1)) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    value = value * 256n + BigInt(part);
  }
  return value;
}

function parseVersion6(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail !== null) {
    const four = parseVersion4(tail[2] ?? "");
    return four === undefined ? undefined : parseVersion6(`${tail[1] ?? ""}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", rest] = halves;
  const before = head === "" ? [] : head.split(":");
  const after = rest === undefined || rest === "" ? [] : rest.split(":");
  const missing = 8 - before.length - after.length;
  if (rest === undefined ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...before, ...Array.from({ length: rest === undefined ? 0 : missing }, () => "0"), ...after]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = value * 65_536n + BigInt(`0x${group}`);
  }
  return value;
}

function parseRange(text: string): Range | undefined {
  const slash = text.indexOf("/");
  const dash = text.indexOf("-");
  if (slash !== -1) {
    const address = parseAddress(text.slice(0, slash));
    const bits = address?.version === 4 ? 32 : 128;
    const prefix = /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : Infinity;
    if (address === undefined || prefix > bits) return undefined;
    const size = 1n << BigInt(bits - prefix);
    const low = (address.value / size) * size;
    return { version: address.version, low, high: low + size - 1n };
  }
  const low = parseAddress((dash === -1 ? text : text.slice(0, dash)).trim());
  const high = dash === -1 ? low : parseAddress(text.slice(dash + 1).trim());
  if (low === undefined || high === undefined || low.version !== high.version || low.value > high.value) return undefined;
  return { version: low.version, low: low.value, high: high.value };
}

export function checkIpPattern(text: string): string | undefined {
  return parseRange(text) === undefined ? `ip: invalid pattern ${JSON.stringify(text)}, expecting an address, a range (a-b) or a CIDR block` : undefined;
}

export interface IpPattern {
  isAddressIn(text: string): boolean;
  /** Whether any address in a line is in the pattern. */
  isLineIn(line: string): boolean;
}

/** Longer runs of digits, dots and colons hold no address. */
const candidates = /[0-9a-fA-F:.]{2,45}/g;

export function compileIp(text: string): IpPattern {
  const range = parseRange(text);
  const isAddressIn = (one: string): boolean => {
    const address = parseAddress(one);
    return address !== undefined && range !== undefined && address.version === range.version && address.value >= range.low && address.value <= range.high;
  };
  const isLineIn = (line: string): boolean => {
    for (const match of line.matchAll(candidates)) {
      const run = match[0];
      if (isAddressIn(run) || isAddressIn(run.replace(/[.:]+$/, "").replace(/^\.+/, ""))) return true;
      for (const four of run.matchAll(/\d{1,3}(?:\.\d{1,3}){3}/g)) if (isAddressIn(four[0])) return true;
    }
    return false;
  };
  return { isAddressIn, isLineIn };
}
