// Reads one JSON Schema on standard input and writes its TypeScript types to standard output.
import { text } from "node:stream/consumers";
import { compile } from "json-schema-to-typescript";

const schema = JSON.parse(await text(process.stdin));
process.stdout.write(
  await compile(schema, schema.title, {
    additionalProperties: false,
    bannerComment: "",
    maxItems: 0,
    style: { printWidth: 100 },
  }),
);
