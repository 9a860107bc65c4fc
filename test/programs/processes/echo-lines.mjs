// Answers each line of standard input with the same line in capitals, until standard input ends.
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) console.log(line.toUpperCase());
