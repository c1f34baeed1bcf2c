// An SMSC of the npm package `smpp`, for tests: port and HTTP port are its arguments.  Over HTTP it
// is told how to behave, and says what it was sent.
import http from "node:http";
import smpp from "smpp";

const [port, control] = process.argv.slice(2).map(Number);
const GOOD = { status: 0, answers: true, bind: 0, dates: "2511291200", echo: false };
let behaviour = { ...GOOD };
let submitted = [];
let queried = [];
let counted = 0;
const sessions = new Set();

function send(receipt) {
  const { id, state, to, reference } = receipt;
  const { dates } = behaviour;
  const text = `id:${id} sub:001 dlvrd:001 submit date:${dates} done date:${dates} stat:${state} err:000 text:`;
  const tlv = reference === undefined ? {} : { user_message_reference: reference };
  const [session] = [...sessions].slice(-1);
  session?.deliver_sm({
    esm_class: 4, source_addr: to, destination_addr: "Maarid", short_message: text, ...tlv,
  });
}

smpp
  .createServer((session) => {
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
    session.on("bind_transceiver", (pdu) => {
      const right = pdu.password === "secret-7" && behaviour.bind === 0;
      session.send(pdu.response({ command_status: right ? 0 : behaviour.bind || 0x0e }));
      if (right) sessions.add(session);
    });
    session.on("enquire_link", (pdu) => session.send(pdu.response()));
    session.on("unbind", (pdu) => session.send(pdu.response(), () => session.close()));
    session.on("query_sm", (pdu) => {
      const { query } = behaviour;
      queried.push({ id: pdu.message_id, from: pdu.source_addr, kind: pdu.source_addr_ton });
      if (query === undefined) return;
      if (query === "refuses") return session.send(pdu.response({ command_status: 0x67 }));
      session.send(pdu.response({ message_id: pdu.message_id, final_date: "", message_state: query }));
    });
    session.on("submit_sm", (pdu) => {
      const { status, answers, disconnect } = behaviour;
      const id = `m${++counted}`;
      const taken = status === 0 || (behaviour.times !== undefined && behaviour.times-- <= 0);
      if (taken) {
        submitted.push({
          id,
          from: pdu.source_addr,
          to: pdu.destination_addr,
          text: pdu.short_message.message,
          coding: pdu.data_coding,
          receipt: pdu.registered_delivery,
          reference: pdu.user_message_reference,
          parts: pdu.sar_total_segments,
          part: pdu.sar_segment_seqnum,
          group: pdu.sar_msg_ref_num,
        });
      }
      if (disconnect) return session.destroy();
      if (behaviour.early) {
        const reference = behaviour.echo ? pdu.user_message_reference : undefined;
        send({ id, state: "DELIVRD", to: pdu.destination_addr, reference });
      }
      if (answers) session.send(pdu.response({ command_status: taken ? 0 : status, message_id: id }));
    });
  })
  .listen(port, "127.0.0.1");

http
  .createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      const said = body ? JSON.parse(body) : {};
      if (request.url === "/behave") behaviour = { ...GOOD, ...said };
      if (request.url === "/receipt") send(said);
      if (request.url === "/write") {
        const [session] = [...sessions].slice(-1);
        session.deliver_sm({ source_addr: said.from, destination_addr: "600", short_message: said.text });
      }
      if (request.url === "/cut") sessions.forEach((each) => each.destroy());
      if (request.url === "/forget") [submitted, queried] = [[], []];
      response.end(JSON.stringify({ submitted, queried, sessions: sessions.size }));
    });
  })
  .listen(control, "127.0.0.1");
