// Prints argv[2] bytes of lines to standard output (or to the stream named by argv[3]), with regard to backpressure.
import { once } from "node:events";
const size = Number(process.argv[2]);
const stream = process[process.argv[3] ?? "stdout"];
let printed = 0;
for (let number = 0; printed < size; number += 1) {
  const line = `${number} ${"x".repeat(90)}\n`;
  printed += line.length;
  if (!stream.write(line)) await once(stream, "drain");
}
