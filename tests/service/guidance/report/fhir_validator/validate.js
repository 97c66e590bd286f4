// Reads FHIR resources from standard input, one on each line, and prints for each whether it is valid and why not.
const { Fhir } = require("fhir");
const readline = require("readline");

const fhir = new Fhir();
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const result = fhir.validate(JSON.parse(line), { errorOnUnexpected: true });
  // A value set that the package does not ship is no fault of what it reads.
  const wrong = result.messages
    .filter((one) => one.severity !== "information" && one.severity !== "warning")
    .filter((one) => !/^Value set ".*" could not be found\.?$/.test(one.message));
  console.log(JSON.stringify({ valid: result.valid, wrong: wrong.map((one) => `${one.location}: ${one.message}`) }));
});
