// Prints one line of argv[2] MiB, then the line "end".
process.stdout.write("y".repeat(Number(process.argv[2]) * 1024 * 1024) + "\nend\n");
