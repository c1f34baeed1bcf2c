// Tells of every workshop seat that is given: `node examples/kafkajs/consumer.js 127.0.0.1:9092`.
import { Kafka, logLevel } from "kafkajs";

const [bootstrap, topic = "ticketing.events.v1", groupId = "example-kafkajs"] =
  process.argv.slice(2);
const kafka = new Kafka({
  clientId: "example-kafkajs",
  brokers: [bootstrap],
  logLevel: logLevel.ERROR,
});
const consumer = kafka.consumer({ groupId });
process.once("SIGINT", () => consumer.disconnect());

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true }); // The topic keeps every event.
await consumer.run({
  eachMessage: async ({ message }) => {
    const type = message.headers.ce_type.toString(); // Look at the type before the data.
    if (type === "maarid.ticketing.SeatReserved.v1") {
      const seat = JSON.parse(message.value.toString());
      // At least once: do what can be done twice, or keep ce_subject and ce_sequence.
      console.log(`${seat.session_id} ${seat.seat_id} is reserved`);
    } // Other types pass: new ones are added without notice.
  },
});
