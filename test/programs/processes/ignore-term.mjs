// Ignores TERM, says so, and stays for a minute.
process.on("SIGTERM", () => console.log("TERM ignored"));
setTimeout(() => undefined, 60_000);
console.log("ready");
