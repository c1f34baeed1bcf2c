// An SMSC of the npm package `smpp` that takes every text and keeps when each came: port and HTTP
// port are its arguments.  Over HTTP it says the milliseconds at which the last parts of texts came, and ends.
import http from "node:http";
import smpp from "smpp";

const [port, control] = process.argv.slice(2).map(Number);
const came = [];

smpp
  .createServer((session) => {
    session.on("error", () => {});
    session.on("bind_transceiver", (pdu) => session.send(pdu.response()));
    session.on("enquire_link", (pdu) => session.send(pdu.response()));
    session.on("unbind", (pdu) => session.send(pdu.response(), () => session.close()));
    session.on("submit_sm", (pdu) => {
      if (pdu.registered_delivery === 1) came.push(performance.now());
      session.send(pdu.response({ message_id: `m${came.length}` }));
    });
  })
  .listen(port, "127.0.0.1");

http
  .createServer((request, response) => {
    response.end(JSON.stringify(request.url === "/count" ? came.length : came));
    if (request.url === "/end") response.on("finish", () => process.exit(0));
  })
  .listen(control, "127.0.0.1");
