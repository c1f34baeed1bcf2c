// Reads every golden sample with ajv, as a consumer in Node.js would; run by a test.
// Arguments: a directory with the npm packages, and the directory of the Python package.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages, contracts] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const ajv = addFormats(new Ajv({ allErrors: true }));
const read = (kind, file) => JSON.parse(readFileSync(join(contracts, kind, file), "utf8"));
const outcome = {};
for (const file of readdirSync(join(contracts, "golden"))) {
  const sample = read("golden", file);
  const validate = ajv.compile(read("schemas", `${sample.headers.ce_type}.json`));
  const accepted = validate(sample.data);
  outcome[sample.headers.ce_type] = {
    errors: accepted ? [] : validate.errors,
    acceptsTomorrow: validate({ ...sample.data, unheard_of: 1 }),
    acceptsNothing: validate({}),
  };
}
console.log(JSON.stringify(outcome));
