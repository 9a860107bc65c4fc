// Ends in order with code 5 on TERM.
process.on("SIGTERM", () => { console.log("bye"); process.exit(5); });
setTimeout(() => undefined, 60_000);
console.log("ready");
