// What the browser scenario looks at beside the demo: a page that moves, for films, and a page's own list of what can be acted on.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright-core";

/** A dashboard that lives: a line that grows, numbers that change ten times a second, a list that gains a row each half second. */
const dashboard = `<!doctype html><html lang=en><title>Dashboard</title><style>body{font:15px system-ui;margin:24px;color:#223}h1{font-size:22px}.c{display:grid;grid-template-columns:1fr 1fr 1fr;gap:16px}.c div{border:1px solid #ccd;border-radius:8px;padding:16px}b{font-size:28px;display:block}canvas{margin:16px 0;border:1px solid #ccd}td{padding:2px 16px 2px 0}</style>
<h1>Orders</h1><div class=c><div>Today<b id=a>0</b></div><div>Open<b id=b>0</b></div><div>Late<b id=l>0</b></div></div><canvas id=k width=1200 height=240></canvas><table id=t></table>
<script>let n=0;const x=k.getContext("2d");x.strokeStyle="#36c";x.lineWidth=2;let y=120;
setInterval(()=>{n++;a.textContent=1000+n*3;b.textContent=40+n%17;l.textContent=n%5;x.beginPath();x.moveTo(n*12%1200,y);y=120+80*Math.sin(n/9);x.lineTo((n+1)*12%1200,y);x.stroke();},100);
setInterval(()=>{const r=t.insertRow(0);r.innerHTML="<td>#"+(4000+n)+"<td>2 chairs<td>Lisbon<td>packed";if(t.rows.length>12)t.deleteRow(12)},500)</script></html>`;

export async function serveDashboard(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((_request, response) => { response.setHeader("content-type", "text/html; charset=utf-8"); response.end(dashboard); });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", () => resolve()); });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => { server.closeAllConnections(); server.close(); } }; // it listens on TCP
}

/** By the page's own account: what HTML makes operable or a role does, and can be seen. */
const listScript = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1']), [contenteditable=true], [role=button], [role=link], [role=checkbox], [role=tab], [role=menuitem], [role=switch], [role=option]:not(option)")].filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 0).length`;

export async function countActionable(executablePath: string, url: string): Promise<number> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(url, { waitUntil: "networkidle" });
    return Number(await page.evaluate(listScript));
  } finally { await browser.close(); }
}
