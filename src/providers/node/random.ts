// Real chance, from the system's generator.
import { randomBytes } from "node:crypto";
import type { Random } from "../random.ts";

// 32 characters without i, l, o, 1: five bits each, and no look-alikes when a person types an id.
const alphabet = "abcdefghjkmnpqrstuvwxyz023456789";

export const nodeRandom: Random = {
  id: (length) => Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join(""),
  hex: (bytes) => randomBytes(bytes).toString("hex"),
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
