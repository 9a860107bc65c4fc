// Values that must never be seen, by interface.

export interface Secrets {
  /** A variable of our own environment; its value is remembered for `redact`. Undefined where unset or empty. */
  fromEnvironment(name: string): Secret | undefined;
  /** The text without registered values and without what looks like a key, token, private key or password in a URL. Idempotent. */
  redact(text: string): string;
}

/** Prints as ***; `reveal` is the one way to the value. */
export class Secret {
  readonly #value: string;
  constructor(value: string) { this.#value = value; }
  reveal(): string { return this.#value; }
  toString(): string { return "***"; }
  toJSON(): string { return "***"; }
}
