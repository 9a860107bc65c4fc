// Chance, by interface.

export interface Random {
  /** `length` characters of a-z0-9 without look-alikes; 32 values each, so 8 of them are 40 bits. */
  id(length: number): string;
  /** Hexadecimal, `bytes` long. */
  hex(bytes: number): string;
  /** In [0, 1). */
  fraction(): number;
}
