// Announces a fair, reads it, and asks for one that nobody announced: node client.ts URL TOKEN ID
import process from "node:process";
import createClient from "openapi-fetch";
import type { components, paths } from "./registration.d.ts";

const [url, token, fairId] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });
const text = { ar: "معرض", fr: "Salon" };
const fair: components["schemas"]["FairIn"] = {
  fair_id: fairId,
  edition: 1,
  name: text,
  region: text,
  city: text,
  venue: text,
  timezone: "Africa/Casablanca",
  first_day: "2027-09-17",
  last_day: "2027-09-22",
  opens_at: "10:00",
  closes_at: "22:00",
  poles: [{ pole_id: "products", name: text, places: 160 }],
};

const announced = await client.POST("/fairs", {
  params: { header: { "idempotency-key": `announce-${fairId}` } },
  headers: { authorization: `Bearer ${token}` },
  body: fair,
});
const read = await client.GET("/fairs/{fair_id}", { params: { path: { fair_id: fairId } } });
const unknown = await client.GET("/fairs/{fair_id}", {
  params: { path: { fair_id: "nobody-announced-it" } },
});
const refused = await client.POST("/fairs", {
  params: { header: { "idempotency-key": `refused-${fairId}` } },
  body: fair,
});

// The types know what there is, and nothing else.
const problem: components["schemas"]["Problem"] | undefined = unknown.error;
// @ts-expect-error A fair has no such field.
read.data?.openning;
// @ts-expect-error There is no such address.
void (() => client.GET("/fair"));
// @ts-expect-error A change needs a key.
void (() => client.POST("/fairs", { body: fair }));

console.log(
  JSON.stringify({
    announced: announced.data?.fair_id,
    places: read.data?.poles[0].places,
    unknown: [problem?.status, problem?.code],
    refused: [refused.error?.status, refused.error?.code],
  }),
);
