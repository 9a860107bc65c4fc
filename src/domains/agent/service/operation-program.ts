// The tiny program by which an agent without MCP calls operations from its shell. Text only; knows no operation.

/** Source of the program, a CommonJS file: `node operation.cjs <name> '<JSON>'`; without a name it lists what there is. Exit 1 where the operation says no. */
export function renderOperationProgram(address: { readonly port: number; readonly token: string }): string {
  return `// Written by Inspan for one session.
const { request } = require("node:http");
const [name, input = "{}"] = process.argv.slice(2);
let json;
try { json = JSON.parse(input); } catch { process.stderr.write("The input is no JSON: " + input.slice(0, 200) + "\\n"); process.exit(2); }
const message = name === undefined ? { method: "tools/list" } : { method: "tools/call", params: { name, arguments: json } };
const call = request({ host: "127.0.0.1", port: ${address.port}, path: "/${address.token}/mcp", method: "POST", agent: false, headers: { "content-type": "application/json" } }, (response) => {
  let answer = "";
  response.setEncoding("utf8").on("data", (chunk) => { answer += chunk; }).on("end", () => {
    const { result, error } = JSON.parse(answer);
    if (error !== undefined) { process.stderr.write(error.message + "\\n"); process.exit(1); }
    const text = result.tools === undefined ? result.content.map((part) => part.text).join("\\n") : result.tools.map((tool) => tool.name + " - " + tool.description + "\\n  " + JSON.stringify(tool.inputSchema)).join("\\n");
    process.stdout.write(text + "\\n", () => process.exit(result.isError ? 1 : 0));
  });
});
call.on("error", (error) => { process.stderr.write(error.message + "\\n"); process.exit(3); });
call.end(JSON.stringify({ jsonrpc: "2.0", id: 1, ...message }));
`;
}
