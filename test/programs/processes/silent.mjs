// Says nothing for a minute.
setTimeout(() => undefined, 60_000);
