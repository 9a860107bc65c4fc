// Ownership of what must be closed. `await using` needs Node 24, and Node 22.18 must run a checkout, so owners use try/finally with this stack.

export interface Disposable { dispose(): Promise<void> | void }

/** Closes in reverse order of adding, each once, and goes on after a failure; the first failure is thrown at the end. */
export class DisposalStack implements Disposable {
  #entries: (() => Promise<void> | void)[] = [];

  add<T extends Disposable>(resource: T): T {
    this.#entries.push(() => resource.dispose());
    return resource;
  }

  defer(close: () => Promise<void> | void): void {
    this.#entries.push(close);
  }

  async dispose(): Promise<void> {
    const entries = this.#entries.reverse();
    this.#entries = [];
    const failures: unknown[] = [];
    for (const close of entries) {
      try { await close(); } catch (error) { failures.push(error); }
    }
    if (failures.length > 0) throw failures[0];
  }
}
