// Prints at least argv[2] bytes of numbered lines to standard output, as fast as the reader takes them.
import { once } from "node:events";
const size = Number(process.argv[2]);
let printed = 0;
let number = 0;
while (printed < size) {
  let batch = "";
  while (batch.length < 65_536 && printed + batch.length < size) { batch += `${number} ${"x".repeat(90)}\n`; number += 1; }
  printed += batch.length;
  if (!process.stdout.write(batch)) await once(process.stdout, "drain");
}
