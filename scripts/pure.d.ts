// The few globals that every JavaScript host has, for the project that is compiled without Node and DOM types.
interface EventTargetLike {
  addEventListener(type: string, listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: string, listener: () => void): void;
}
interface AbortSignal extends EventTargetLike { readonly aborted: boolean; readonly reason: unknown; throwIfAborted(): void }
interface AbortController { readonly signal: AbortSignal; abort(reason?: unknown): void }
declare const AbortController: { new (): AbortController };
declare const AbortSignal: { any(signals: readonly AbortSignal[]): AbortSignal; timeout(ms: number): AbortSignal };
declare function setTimeout(callback: () => void, ms?: number): number;
declare function clearTimeout(timer: number | undefined): void;
declare class TextEncoder { encode(text: string): Uint8Array }
declare class URL {
  constructor(url: string, base?: string);
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
}
