// A model that streams at a steady pace and says in each event when it was sent. Prints its port.
import { createServer } from "node:http";

const [, , eventCount = "400", paceMs = "4"] = process.argv;
const now = () => performance.timeOrigin + performance.now();
createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "text/event-stream" });
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    response.write(`data: {"sent":${now()},"choices":[{"delta":{"content":"${"word ".repeat(20)}"}}]}\n\n`);
    if (count < Number(eventCount)) return;
    clearInterval(timer);
    response.end('data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\ndata: [DONE]\n\n');
  }, Number(paceMs));
}).listen(0, "127.0.0.1", function listening() { process.stdout.write(`${this.address().port}\n`); });
