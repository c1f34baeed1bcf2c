// What a gate knows of its fair: keys, days, rules, and a row of 21 bytes for each ticket.

import { base64url, hex, KINDS } from "./verify.js";

export const ROW = 21;
const KEY = 8;

/**
 * @typedef {{key: string, short: number, kind: number, first: number, last: number, issue: number,
 *   party: number, revoked: boolean, inside: number}} Row
 * @typedef {{number: number, day: string, begins: string, ends: string}} Day
 * @typedef {{session_id: string, title: Record<string, string>, starts_at: string, ends_at: string,
 *   capacity: number | null, walk_ins?: number, seats: Record<string, unknown>[]}} Session
 */

/** @param {Uint8Array} rows @param {number} index @returns {Row} */
function rowAt(rows, index) {
  const at = index * ROW;
  const view = new DataView(rows.buffer, rows.byteOffset + at, ROW);
  return {
    key: hex(rows.subarray(at, at + KEY)),
    short: view.getUint8(8) * 2 ** 32 + view.getUint32(9),
    kind: view.getUint8(13),
    first: view.getUint16(14),
    last: view.getUint16(16),
    issue: view.getUint8(18),
    party: view.getUint8(19),
    revoked: view.getUint8(20) > 127,
    inside: view.getUint8(20) & 127,
  };
}

/** @param {Uint8Array} one @param {number} a @param {Uint8Array} other @param {number} b */
function compare(one, a, other, b) {
  for (let byte = 0; byte < KEY; byte++) {
    const difference = one[a * ROW + byte] - other[b * ROW + byte];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The rows in the order of their keys. @param {Uint8Array} rows */
export function sorted(rows) {
  const count = Math.floor(rows.length / ROW);
  let ordered = true;
  for (let at = 1; at < count && ordered; at++) ordered = compare(rows, at - 1, rows, at) < 0;
  if (ordered) return rows;
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  order.sort((a, b) => compare(rows, a, rows, b));
  const result = new Uint8Array(count * ROW);
  order.forEach((from, to) => result.set(rows.subarray(from * ROW, (from + 1) * ROW), to * ROW));
  return result;
}

/** Older rows with newer in their place; both in order. @param {Uint8Array} old @param {Uint8Array} fresh */
export function merged(old, fresh) {
  const [olds, news] = [old.length / ROW, fresh.length / ROW];
  const result = new Uint8Array(old.length + fresh.length);
  let [a, b, to] = [0, 0, 0];
  while (a < olds || b < news) {
    const order = a === olds ? 1 : b === news ? -1 : compare(old, a, fresh, b);
    const [from, at] = order < 0 ? [old, a] : [fresh, b];
    result.set(from.subarray(at * ROW, (at + 1) * ROW), to * ROW);
    to += 1;
    if (order <= 0) a += 1;
    if (order >= 0) b += 1;
  }
  return result.subarray(0, to * ROW);
}

export class Bundle {
  /**
   * @param {any} said what the server said, without the rows
   * @param {Uint8Array} rows all rows, in the order of their keys
   */
  constructor(said, rows) {
    this.said = said;
    this.rows = rows;
    this.version = /** @type {number} */ (said.version);
    this.fairHash = /** @type {string} */ (said.fair_hash);
    this.days = /** @type {Day[]} */ (said.days);
    this.sessions = /** @type {Session[]} */ (said.sessions ?? []);
    this.sessionId = /** @type {string | null} */ (said.session_id ?? null);
    this.timezone = /** @type {string} */ (said.timezone ?? "Africa/Casablanca");
    this.cancelled = Boolean(said.fair_cancelled);
    this.insideLimit = /** @type {number | null} */ (said.inside_limit ?? null);
    this.inside = Number(said.inside ?? 0);
  }

  /** The bundle after an answer. @param {any} answer @param {Bundle | null} before */
  static after(answer, before) {
    const { tickets, ...said } = answer;
    const fresh = sorted(base64url(tickets.rows));
    if (answer.whole || before === null) return new Bundle(said, fresh);
    return new Bundle(said, fresh.length === 0 ? before.rows : merged(before.rows, fresh));
  }

  get count() {
    return this.rows.length / ROW;
  }

  /** The row of a ticket. @param {string} key 16 digits @returns {Row | null} */
  find(key) {
    const wanted = Uint8Array.from(key.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compare(this.rows, middle, wanted, 0);
      if (order === 0) return rowAt(this.rows, middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return null;
  }

  /** The rows with a short code; two where a fair has a clash. @param {number} short */
  findTyped(short) {
    const [top, rest] = [Math.floor(short / 2 ** 32), short % 2 ** 32];
    const view = new DataView(this.rows.buffer, this.rows.byteOffset, this.rows.length);
    const found = [];
    for (let at = 0, index = 0; at < this.rows.length; at += ROW, index++) {
      if (this.rows[at + 8] === top && view.getUint32(at + 9) === rest) {
        found.push(rowAt(this.rows, index));
      }
    }
    return found;
  }

  /** Whether a kind may leave and come back. @param {number} kind */
  reentry(kind) {
    return this.said.rules?.[KINDS[kind]]?.reentry ?? false;
  }

  /** The day of the fair at a moment, if it is one. @param {number} now milliseconds */
  dayAt(now) {
    return this.days.find(({ begins, ends }) => Date.parse(begins) <= now && now < Date.parse(ends));
  }

  /** The workshop at whose door the phone stands. */
  get session() {
    return this.sessions.find(({ session_id: id }) => id === this.sessionId) ?? null;
  }
}
