// The decision at a gate: a bundle, what this phone has seen itself, and a code → a verdict.
// Pure: no clock, no network, no storage.  What the server decides by stands in its own domain.

import { LARGEST_PARTY } from "./verify.js";

/**
 * @typedef {import("./bundle.js").Bundle} Bundle
 * @typedef {import("./bundle.js").Row} Row
 * @typedef {import("./verify.js").Reading} Reading
 * @typedef {"in" | "out"} Direction
 * @typedef {{key: string | null, direction: Direction, people: number, verdict: string, at: string}} Seen
 * @typedef {{code: string, people: number, party: number, kind: number | null, key: string | null,
 *   inside: number, full: boolean, first: number | null, last: number | null,
 *   since: string | null}} Verdict
 *   `full`: let in although the fair is full;  `since`: when this phone let the ticket in before
 */

/** Whether a scan moved people. @param {{verdict: string}} scan */
export function moved(scan) {
  return scan.verdict === "let_in" || scan.verdict === "let_out";
}

/**
 * People of a party inside, or entered where there is no coming back, after scans of this phone
 * that the bundle does not know yet.
 * @param {number} before @param {Seen[]} seen in order @param {number} party @param {boolean} reentry
 */
export function insideAfter(before, seen, party, reentry) {
  let inside = before;
  for (const scan of seen) {
    if (!moved(scan)) continue;
    if (scan.direction === "in") inside = Math.min(party, inside + scan.people);
    else if (reentry) inside = Math.max(0, inside - scan.people);
  }
  return inside;
}

/** People that this phone moved in, less those it moved out. @param {Seen[]} seen */
export function balance(seen) {
  return seen
    .filter(moved)
    .reduce((sum, { direction, people }) => sum + (direction === "in" ? people : -people), 0);
}

/**
 * @param {{bundle: Bundle, seen: Seen[], reading: Reading, direction: Direction, now: number,
 *   people?: number | null}} asked
 *   `seen`: scans of this phone, in order, that the bundle does not know yet;
 *   `people`: how many come, where not the whole party
 * @returns {Verdict}
 */
export function decide({ bundle, seen, reading, direction, now, people = null }) {
  if ("verdict" in reading) return refused(reading.verdict);
  const found = "ticket" in reading ? ofCode(bundle, reading.ticket) : ofTyped(bundle, reading.typed);
  if (typeof found === "string") return refused(found);
  const { row, issue } = found;
  const reentry = bundle.reentry(row.kind);
  const own = seen.filter(({ key }) => key === row.key);
  const inside = insideAfter(row.inside, own, row.party, reentry);
  const since = own.findLast((scan) => moved(scan) && scan.direction === "in")?.at ?? null;
  /** @param {string} code @param {number} [count] @param {boolean} [full] @returns {Verdict} */
  const say = (code, count = 0, full = false) => {
    const { party, kind, key, first, last } = row;
    return { code, people: count, party, kind, key, inside, full, first, last, since };
  };
  if (direction === "out") {
    // Whoever wants to leave may: what is wrong with the ticket was the matter of the way in.
    return say("let_out", Math.min(people ?? (inside > 0 ? inside : row.party), row.party));
  }
  if (bundle.cancelled) return say("fair_cancelled");
  if (row.revoked) return say("revoked");
  if (!opensAt(bundle, row, now)) return say("wrong_day");
  if (issue < row.issue) return say("reissued");
  const rest = row.party - inside;
  if (rest <= 0) return say("already_inside", people ?? row.party);
  if (people !== null && people > rest) return say("too_many_people", rest);
  const count = people ?? rest;
  const limit = bundle.insideLimit;
  return say("let_in", count, limit !== null && bundle.inside + balance(seen) + count > limit);
}

/** @param {Bundle} bundle @param {import("./verify.js").Ticket} ticket */
function ofCode(bundle, ticket) {
  if (ticket.fairHash !== bundle.fairHash) return "wrong_fair";
  // A good signature without a row: the ticket was given out after the bundle.
  const { key, kind, first, last, issue, party } = ticket;
  const fresh = { key, short: 0, kind, first, last, issue, party, revoked: false, inside: 0 };
  return { row: bundle.find(key) ?? fresh, issue };
}

/** @param {Bundle} bundle @param {number} typed */
function ofTyped(bundle, typed) {
  const rows = bundle.findTyped(typed);
  if (rows.length > 1) return "ask_for_code";
  return rows.length === 0 ? "unknown_ticket" : { row: rows[0], issue: rows[0].issue };
}

/**
 * Whether a ticket opens now.  One whose days a fair has moved away from opens on any day of it.
 * @param {Bundle} bundle @param {Row} row @param {number} now
 */
function opensAt(bundle, row, now) {
  const today = bundle.dayAt(now);
  if (today === undefined) return false;
  const within = ({ number }) => row.first <= number && number <= row.last;
  return within(today) || !bundle.days.some(within);
}

/** @param {string} code @returns {Verdict} */
export function refused(code) {
  const nothing = { kind: null, key: null, first: null, last: null, since: null };
  return { code, people: 0, party: 0, inside: 0, full: false, ...nothing };
}

/** Verdict codes of the page for the codes of problems that a check-in is refused with. */
const PROBLEMS = new Map([
  ["already_checked_in", "already_inside"],
  ["already_inside", "already_inside"],
  ["ticket_revoked", "revoked"],
  ["ticket_reissued", "reissued"],
  ["wrong_day", "wrong_day"],
  ["fair_not_on", "wrong_day"],
  ["fair_cancelled", "fair_cancelled"],
  ["ticket_unknown", "unknown_ticket"],
  ["too_many_people", "too_many_people"],
  ["party_out_of_range", "too_many_people"],
  ["too_many_inside", "too_many_inside"],
]);

/** What a refusal by the server is called here. @param {string} problem */
export function verdictOf(problem) {
  return PROBLEMS.get(problem) ?? "refused";
}

/** @typedef {"go" | "no" | "look"} Colour */

const GO = new Set(["let_in", "let_out", "tally_in", "tally_out"]);
const LOOK = new Set(["already_inside", "too_many_inside", "too_many_people", "ask_for_code", "no_seat"]);

/** The colour of a verdict. @param {string} code @returns {Colour} */
export function colourOf(code) {
  return GO.has(code) ? "go" : LOOK.has(code) ? "look" : "no";
}

/** Whether a steward may let in all the same. @param {string} code */
export function mayOverrule(code) {
  return LOOK.has(code) && code !== "ask_for_code";
}

/** What a verdict is called where the wire has no word of its own. @param {string} code */
export function wireCode(code) {
  if (code === "ask_for_code") return "unknown_ticket";
  if (code === "no_seat") return "refused";
  return code === "hall_full" ? "too_many_inside" : code;
}

/** A count that a scan may carry. @param {number} people */
export function countOf(people) {
  return Math.max(1, Math.min(LARGEST_PARTY, people));
}
