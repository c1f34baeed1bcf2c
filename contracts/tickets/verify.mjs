// Verifies codes of tickets as README.md specifies, in browsers and in Node.js, by WebCrypto alone.
//
//   const keys = await importKeys(await (await fetch(".../ticket-keys")).json());
//   const { verdict, ticket } = await verify(text, keys, { fairId, day: "2025-09-18", issue: 1 });
//
// As a program it reads codes from standard input, a line each, and writes a verdict a line:
//
//   node verify.mjs KEYS.json [--fair ID] [--day YYYY-MM-DD] [--issue N]
//   node verify.mjs KEYS.json --bench SECONDS

const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const KINDS = ["visitor", "buyer", "pupils", "exhibitor", "guest"];
const TEXT_LENGTH = 140;
const PAYLOAD_LENGTH = 29;
const CODE_LENGTH = 93;
const LARGEST_PARTY = 60;
const DAY_ZERO = Date.UTC(2020, 0, 1);
const DAY_MILLISECONDS = 86_400_000;
const encoder = new TextEncoder();
const SIGNED_FOR = encoder.encode("maarid-ticket-1\0");
const SHORT_FOR = encoder.encode("maarid-ticket-short-1\0");

/** The keys whose signatures count, by id, from the answer of GET /ticket-keys. */
export async function importKeys(answer) {
  const trusted = new Map();
  for (const { id, state, public: text } of answer.keys) {
    if (state !== "compromised") {
      const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
      const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      trusted.set(id, await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]));
    }
  }
  return trusted;
}

/** The verdict on a text, and what the ticket says where a key of ours has signed it. */
export async function verify(text, keys, { fairId, day, issue } = {}) {
  const code = typeof text === "string" && text.length === TEXT_LENGTH ? decode(text) : null;
  if (code === null || code[0] !== 1) return { verdict: "unreadable" };
  const key = keys.get(code[1]);
  if (key === undefined) return { verdict: "unknown_key" };
  const payload = code.subarray(0, PAYLOAD_LENGTH);
  const message = join(SIGNED_FOR, payload);
  if (!(await crypto.subtle.verify("Ed25519", key, code.subarray(PAYLOAD_LENGTH), message))) {
    return { verdict: "bad_signature" };
  }
  const ticket = read(payload);
  if (ticket === null) return { verdict: "unreadable" };
  return { verdict: await judge(ticket, fairId, day, issue), ticket };
}

async function judge(ticket, fairId, day, issue) {
  if (fairId != null) {
    const digest = await crypto.subtle.digest("SHA-256", encoder.encode(fairId));
    if (hex(new Uint8Array(digest, 0, 4)) !== ticket.fairHash) return "wrong_fair";
  }
  // Days as YYYY-MM-DD are in the order of the calendar.
  if (day != null && (day < ticket.firstDay || day > ticket.lastDay)) return "wrong_day";
  if (issue != null && ticket.issue < issue) return "reissued";
  return "valid";
}

/** What 29 bytes say; null where a later program must have made them. */
function read(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset, PAYLOAD_LENGTH);
  const first = view.getUint16(23);
  const last = view.getUint16(25);
  const issue = payload[27];
  const party = payload[28];
  if (payload[22] >= KINDS.length || first > last || issue === 0) return null;
  if (party === 0 || party > LARGEST_PARTY) return null;
  const id = hex(payload.subarray(6, 22));
  return {
    keyId: payload[1],
    fairHash: hex(payload.subarray(2, 6)),
    ticketId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    kind: KINDS[payload[22]],
    firstDay: dayOf(first),
    lastDay: dayOf(last),
    issue,
    party,
  };
}

function dayOf(number) {
  return new Date(DAY_ZERO + number * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

/** The bytes of a text in base45 whose length fits; null where no bytes make it. */
function decode(text) {
  const bytes = new Uint8Array(CODE_LENGTH);
  let written = 0;
  for (let at = 0; at < text.length; at += 3) {
    const piece = text.slice(at, at + 3);
    let number = 0;
    for (let place = piece.length - 1; place >= 0; place--) {
      const value = BASE45.indexOf(piece[place]);
      if (value < 0) return null;
      number = number * 45 + value;
    }
    if (number >= (piece.length === 3 ? 0x10000 : 0x100)) return null;
    if (piece.length === 3) bytes[written++] = number >> 8;
    bytes[written++] = number & 0xff;
  }
  return bytes;
}

/** The eight letters that are typed for one issue of a ticket. */
export async function shortCode(ticketId, issue) {
  const id = Uint8Array.from(ticketId.replaceAll("-", "").match(/../g), (two) => parseInt(two, 16));
  const digest = await crypto.subtle.digest("SHA-256", join(SHORT_FOR, id, [issue]));
  let number = new DataView(digest).getBigUint64(0);
  let letters = "";
  for (let place = 0; place < 8; place++) {
    letters = LETTERS[Number(number % 24n)] + letters;
    number /= 24n;
  }
  return letters;
}

function join(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The program

async function program(names) {
  const { readFileSync } = await import("node:fs");
  const [file, ...options] = names;
  const given = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
  const issue = given("--issue");
  const shown = { fairId: given("--fair"), day: given("--day"), issue: issue && Number(issue) };
  const keys = await importKeys(JSON.parse(readFileSync(file, "utf8")));
  // The codes of some keys begin with a space: line ends alone are cut off.
  const codes = readFileSync(0, "utf8").split(/\r?\n/).filter((line) => line !== "");
  const seconds = given("--bench");
  if (seconds !== undefined) {
    console.log(JSON.stringify(await measure(codes, keys, shown, Number(seconds))));
    return;
  }
  for (const code of codes) console.log(JSON.stringify(await verify(code, keys, shown)));
}

/** How many verdicts one after another are given in so many seconds. */
async function measure(codes, keys, shown, seconds) {
  const begun = performance.now();
  const verdicts = {};
  let verified = 0;
  while (performance.now() - begun < seconds * 1000) {
    const { verdict } = await verify(codes[verified % codes.length], keys, shown);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    verified++;
  }
  return { verified, seconds: (performance.now() - begun) / 1000, verdicts };
}

const started = globalThis.process?.argv?.[1];
if (started !== undefined) {
  const { existsSync, realpathSync } = await import("node:fs");
  const { pathToFileURL } = await import("node:url");
  if (existsSync(started) && pathToFileURL(realpathSync(started)).href === import.meta.url) {
    await program(process.argv.slice(2));
  }
}
