// Reads a streamed answer from a process of its own and prints the delay of each event as JSON: argv[2] is the address, argv[3] how often.
const [, , url, count = "1"] = process.argv;
const delays = [];
for (let round = 0; round < Number(count); round++) {
  const response = await fetch(url, { method: "POST", body: JSON.stringify({ model: "m", stream: true, messages: [] }), headers: { "content-type": "application/json" } });
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    const at = performance.timeOrigin + performance.now();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) { const sent = /^data: \{"sent":([\d.]+)/.exec(line)?.[1]; if (sent !== undefined) delays.push(at - Number(sent)); }
  }
}
process.stdout.write(JSON.stringify(delays));
