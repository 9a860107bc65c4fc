// The tiny program that a client starts as its MCP server: it hands each line to the gate and prints the answer. Text only; knows no tool.

/** Source of the program, a CommonJS file. Messages are answered one by one, in their order. */
export function renderMcpProgram(address: { readonly port: number; readonly token: string }): string {
  return `// Written by Inspan for one session.
const { request } = require("node:http");
const { createInterface } = require("node:readline");
const ask = (line) => new Promise((resolve) => {
  const call = request({ host: "127.0.0.1", port: ${address.port}, path: "/${address.token}/mcp", method: "POST", agent: false, headers: { "content-type": "application/json" } }, (response) => {
    let answer = "";
    response.setEncoding("utf8").on("data", (chunk) => { answer += chunk; }).on("end", () => resolve(response.statusCode === 200 ? answer : ""));
  });
  call.on("error", () => resolve(""));
  call.end(line);
});
let last = Promise.resolve();
createInterface({ input: process.stdin }).on("line", (line) => {
  last = last.then(() => ask(line)).then((answer) => { if (answer !== "") process.stdout.write(answer + "\\n"); });
}).on("close", () => { last.then(() => process.exit(0)); });
`;
}
