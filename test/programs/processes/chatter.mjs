// Prints a dot every 40 ms, argv[2] times.
let left = Number(process.argv[2]);
const timer = setInterval(() => { process.stdout.write("."); left -= 1; if (left === 0) clearInterval(timer); }, 40);
