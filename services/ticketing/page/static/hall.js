// The decision at the door of a workshop: reserved seats first, others while there is room.

import { moved, refused } from "./decide.js";

/**
 * @typedef {import("./decide.js").Seen} Seen
 * @typedef {{reserved: number, attended: number, walkIns: number, room: number | null}} Seats
 */

/** @param {Record<string, unknown>} seat */
function placesOf(seat) {
  return Number(seat.places ?? 1);
}

/**
 * How full a workshop is.
 * @param {import("./bundle.js").Session} session @param {Seen[]} scans all of this phone, at this door
 * @param {Seen[]} [unknown] those of them that the bundle does not know
 * @returns {Seats}  `room`: for people without a seat; null where there is no limit
 */
export function seatsOf(session, scans, unknown = scans) {
  const entered = scans.filter((scan) => moved(scan) && scan.direction === "in");
  const keys = new Set(entered.map(({ key }) => key));
  const ofSeats = new Set(session.seats.map(({ ticket }) => ticket));
  let [reserved, attended, walkIns] = [0, 0, 0];
  for (const seat of session.seats) {
    reserved += placesOf(seat);
    const here = seat.attended || (typeof seat.ticket === "string" && keys.has(seat.ticket));
    if (here) attended += placesOf(seat);
  }
  // Others at other doors let people in as well; of them the server knows.
  const known = session.walk_ins;
  walkIns += known ?? 0;
  for (const scan of entered) {
    if (known !== undefined && !unknown.includes(scan)) continue;
    if (scan.key === null || !ofSeats.has(scan.key)) walkIns += scan.people;
  }
  const room = session.capacity === null ? null : Math.max(0, session.capacity - reserved - walkIns);
  return { reserved, attended, walkIns, room };
}

/**
 * @param {{bundle: import("./bundle.js").Bundle, session: import("./bundle.js").Session,
 *   scans: Seen[], unknown?: Seen[], reading: import("./verify.js").Reading}} asked
 * @returns {import("./decide.js").Verdict}
 */
export function decideAtHall({ bundle, session, scans, unknown = scans, reading }) {
  if ("verdict" in reading) return refused(reading.verdict);
  let key, kind, party, revoked, first, last;
  if ("ticket" in reading) {
    if (reading.ticket.fairHash !== bundle.fairHash) return refused("wrong_fair");
    ({ key, kind, party, first, last } = reading.ticket);
    const row = bundle.find(key);
    if (row !== null && reading.ticket.issue < row.issue) return refused("reissued");
    revoked = row?.revoked ?? false;
  } else {
    const rows = bundle.findTyped(reading.typed);
    if (rows.length !== 1) return refused(rows.length === 0 ? "unknown_ticket" : "ask_for_code");
    [{ key, kind, party, revoked, first, last }] = rows;
  }
  if (revoked) return refused("revoked");
  const seat = session.seats.find(({ ticket }) => ticket === key);
  const before = scans.find((scan) => moved(scan) && scan.key === key);
  const said = { party, kind, key, first, last, inside: 0, full: false, since: before?.at ?? null };
  if (before !== undefined || seat?.attended) return { ...said, code: "already_inside", people: 1 };
  if (seat !== undefined) return { ...said, code: "let_in", people: placesOf(seat) };
  const { room } = seatsOf(session, scans, unknown);
  if (room === null || room > 0) return { ...said, code: "no_seat", people: 1 };
  return { ...said, code: "hall_full", people: 0 };
}
