declare module "snappyjs" {
  export function uncompress(bytes: Uint8Array, sizeMax?: number): Uint8Array;
  export function compress(bytes: Uint8Array): Uint8Array;
}
