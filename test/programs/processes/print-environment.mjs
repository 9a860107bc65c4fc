// Prints its environment as JSON.
console.log(JSON.stringify(process.env));
