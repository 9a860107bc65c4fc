// Exits at once with the code argv[2].
process.exitCode = Number(process.argv[2]);
