// Reads the code of a ticket: base45, 29 bytes of payload, 64 bytes of Ed25519 signature.
// Nothing here throws on what a camera saw: every text has a reading, good or bad.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const PAYLOAD = 29;
const SIGNATURE = 64;
const CHARACTERS = 140;
const SIGNED = new TextEncoder().encode("maarid-ticket-1\0");
export const KINDS = ["visitor", "buyer", "pupils", "exhibitor", "guest"];
export const LARGEST_PARTY = 60;

/**
 * @typedef {{id: string, key: string, fairHash: string, kind: number, first: number, last: number,
 *   issue: number, party: number}} Ticket  `key` is the first 8 bytes of the id, in hexadecimal
 * @typedef {{ticket: Ticket} | {typed: number, letters: string} | {verdict: string}} Reading
 */

/** The bytes of a text in base45 (RFC 9285), or null. @param {string} text */
export function base45(text) {
  const bytes = [];
  for (let at = 0; at < text.length; at += 3) {
    const digits = [...text.slice(at, at + 3)].map((letter) => VALUES.get(letter));
    if (digits.length === 1 || digits.includes(undefined)) return null;
    const value = digits.reduce((sum, digit, place) => sum + digit * 45 ** place, 0);
    if (value >= 256 ** (digits.length - 1)) return null;
    if (digits.length === 3) bytes.push(value >> 8);
    bytes.push(value & 255);
  }
  return new Uint8Array(bytes);
}

/** The bytes of a text in base64url, or of plain base64. @param {string} text */
export function base64url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Uint8Array} payload @returns {Ticket | null} */
function ticketOf(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset, PAYLOAD);
  const id = hex(payload.subarray(6, 22));
  const kind = payload[22];
  const [first, last] = [view.getUint16(23), view.getUint16(25)];
  const [issue, party] = [payload[27], payload[28]];
  const known = kind < KINDS.length && first <= last;
  if (!known || issue < 1 || party < 1 || party > LARGEST_PARTY) return null;
  return {
    id: [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join("-"),
    key: id.slice(0, 16),
    fairHash: hex(payload.subarray(2, 6)),
    kind,
    first,
    last,
    issue,
    party,
  };
}

/** A text without the line end that a scanner adds; a space may be of the code. @param {string} text */
export function withoutLineEnd(text) {
  return text.replace(/[\r\n]+$/, "");
}

/** What checks codes by the keys of one bundle. */
export class Verifier {
  /** @param {{id: number, public: string}[]} keys */
  constructor(keys) {
    /** @type {Map<number, Promise<CryptoKey>>} */
    this.keys = new Map();
    for (const { id, public: raw } of keys) {
      const imported = crypto.subtle.importKey("raw", base64url(raw), "Ed25519", false, ["verify"]);
      imported.catch(() => undefined); // Whoever asks for the key meets the error.
      this.keys.set(id, imported);
    }
  }

  /** @param {string} text what was read @returns {Promise<Reading>} */
  async read(text) {
    const bytes = text.length === CHARACTERS ? base45(text) : null;
    if (bytes === null || bytes.length !== PAYLOAD + SIGNATURE || bytes[0] !== 1) {
      return { verdict: "unreadable" };
    }
    const key = this.keys.get(bytes[1]);
    if (key === undefined) return { verdict: "unknown_key" };
    const payload = bytes.subarray(0, PAYLOAD);
    const signed = new Uint8Array(SIGNED.length + PAYLOAD);
    signed.set(SIGNED);
    signed.set(payload, SIGNED.length);
    let good = false;
    try {
      good = await crypto.subtle.verify("Ed25519", await key, bytes.subarray(PAYLOAD), signed);
    } catch {
      return { verdict: "unknown_key" }; // The bundle's key is none.
    }
    if (!good) return { verdict: "bad_signature" };
    const ticket = ticketOf(payload);
    return ticket === null ? { verdict: "unreadable" } : { ticket };
  }
}

/**
 * The number of a typed short code, or null: 8 letters; case, spaces and hyphens do not count.
 * @param {string} text
 */
export function shortNumber(text) {
  const letters = text.toUpperCase().replace(/[\s-]/g, "");
  if (letters.length !== 8) return null;
  let number = 0;
  for (const letter of letters) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return null;
    number = number * LETTERS.length + value;
  }
  return number;
}

/** What somebody typed. @param {string} text @returns {Reading} */
export function typedReading(text) {
  const typed = shortNumber(text);
  if (typed === null) return { verdict: "unreadable" };
  return { typed, letters: text.toUpperCase().replace(/[\s-]/g, "") };
}

/** Whether this browser can check codes at all. */
export async function canVerify() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}
