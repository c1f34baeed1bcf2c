// Asks the verifier whose path is given about what comes on standard input.
import { readFileSync } from "node:fs";

const { importKeys, shortCode, verify } = await import(process.argv[2]);
const { answer, codes, shorts } = JSON.parse(readFileSync(0, "utf8"));
const keys = await importKeys(answer);
const verdicts = [];
for (const { code, shown } of codes) verdicts.push(await verify(code, keys, shown));
const letters = [];
for (const [ticket, issue] of shorts) letters.push(await shortCode(ticket, issue));
console.log(JSON.stringify({ verdicts, letters }));
