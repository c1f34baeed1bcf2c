// What tests of the gates' page are made of: keys, codes and bundles, by a writer of their own.

import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { pathToFileURL } from "node:url";

const STATIC = process.env.GATE_PAGE;
const load = (name) => import(pathToFileURL(`${STATIC}/${name}.js`).href);
export const page = Object.assign(
  {},
  ...(await Promise.all(["verify", "bundle", "decide", "hall", "keyboard"].map(load))),
);

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
export const FAIR = "a1b2c3d4";
export const TODAY = 2087;
export const NOON = Date.UTC(2020, 0, 1 + TODAY, 12);
const keys = generateKeyPairSync("ed25519");
const others = generateKeyPairSync("ed25519");
const raw = ({ publicKey }) => publicKey.export({ format: "der", type: "spki" }).subarray(-32);

export function base45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let value = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let letter = 0; letter < (pair ? 3 : 2); letter++) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

/** A ticket, its code, and its row in a bundle. */
export function made(wish = {}) {
  const ticket = {
    version: 1, keyId: 1, fair: FAIR, id: randomBytes(16), kind: 0, first: TODAY, last: TODAY,
    issue: 1, party: 1, stranger: false, short: 7, rowIssue: undefined, revoked: false, inside: 0, ...wish,
  };
  const payload = Buffer.alloc(29);
  payload[0] = ticket.version;
  payload[1] = ticket.keyId;
  Buffer.from(ticket.fair, "hex").copy(payload, 2);
  ticket.id.copy(payload, 6);
  payload[22] = ticket.kind;
  payload.writeUInt16BE(ticket.first, 23);
  payload.writeUInt16BE(ticket.last, 25);
  payload[27] = ticket.issue;
  payload[28] = ticket.party;
  const signed = Buffer.concat([Buffer.from("maarid-ticket-1\0"), payload]);
  const signature = sign(null, signed, (ticket.stranger ? others : keys).privateKey);
  const row = Buffer.alloc(21);
  ticket.id.copy(row, 0, 0, 8);
  row.writeUIntBE(ticket.short, 8, 5);
  row[13] = ticket.kind;
  row.writeUInt16BE(ticket.first, 14);
  row.writeUInt16BE(ticket.last, 16);
  row[18] = ticket.rowIssue ?? ticket.issue;
  row[19] = ticket.party;
  row[20] = (ticket.revoked ? 128 : 0) | ticket.inside;
  const bytes = Buffer.concat([payload, signature]);
  return { bytes, code: base45(bytes), row, key: ticket.id.subarray(0, 8).toString("hex"), short: ticket.short };
}

/** The answer of a server with some rows. */
export function answer(rows, said = {}) {
  const instant = (number) => new Date(Date.UTC(2020, 0, 1 + number)).toISOString();
  const days = [0, 1, 2].map((more) => ({
    number: TODAY + more, begins: instant(TODAY + more), ends: instant(TODAY + more + 1),
  }));
  return {
    version: 1, whole: true, fair_hash: FAIR, timezone: "Africa/Casablanca", days,
    keys: [{ id: 1, public: raw(keys).toString("base64url") }],
    rules: { visitor: { reentry: true }, buyer: { reentry: false } },
    fair_cancelled: false, inside_limit: null, inside: 0, session_id: null, sessions: [],
    ...said,
    tickets: { count: rows.length, rows: Buffer.concat(rows).toString("base64url") },
  };
}

export const bundle = (rows, said) => page.Bundle.after(answer(rows, said), null);
export const scan = (key, direction, people = 1, verdict = direction === "in" ? "let_in" : "let_out") =>
  ({ key, direction, people, verdict, at: "2025-09-17T09:00:00Z" });

/** What the page decides on a text. */
export async function decided(text, { from = bundle([]), seen = [], direction = "in", now = NOON, people = null } = {}) {
  const reading = await new page.Verifier(from.said.keys).read(text);
  return page.decide({ bundle: from, seen, reading, direction, now, people });
}
