// Tells of every workshop seat that is given: `node examples/node/consumer.ts 127.0.0.1:9092`.
import { Consumer, stringDeserializers } from "@platformatic/kafka";
import type { EventHeaders, MaaridEvent } from "../../contracts/typescript/maarid-contracts.d.ts";

const consumer = new Consumer({
  groupId: process.argv[3] ?? "example-seats",
  clientId: "example-seats",
  bootstrapBrokers: [process.argv[2]],
  deserializers: stringDeserializers,
});
const stream = await consumer.consume({
  topics: ["ticketing.events.v1"],
  mode: "committed", // Go on behind what this group has acknowledged,
  fallbackMode: "earliest", // or at the beginning: the topic keeps every event.
  autocommit: false,
});
let ending = false;
process.on("SIGINT", () => {
  if (ending) return; // Pressed again: it is ending already.
  ending = true;
  consumer.close(true).catch(() => process.exit(130));
});

try {
  for await (const message of stream) {
    const headers = Object.fromEntries(message.headers) as unknown as EventHeaders;
    const event = { type: headers.ce_type, data: JSON.parse(message.value) } as MaaridEvent;
    // At least once: do what can be done twice, or keep ce_subject and ce_sequence with its effect.
    switch (event.type) {
      case "maarid.ticketing.SeatReserved.v1":
        console.log(`${event.data.session_id} ${event.data.seat_id} is reserved`);
        break;
      case "maarid.ticketing.SeatReleased.v1":
        console.log(`${event.data.session_id} ${event.data.seat_id} is free (${event.data.reason})`);
        break;
    } // Other types pass: new ones are added without notice.
    await message.commit();
  }
} catch (error) {
  if (!ending) throw error; // What was cut short is heard again at the next start.
}
