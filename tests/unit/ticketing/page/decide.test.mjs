import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, bundle, decided, made, NOON, page, scan, TODAY } from "./made.mjs";

const DAY = 86_400_000;

test("a ticket of today lets its whole party in", async () => {
  const { code, row } = made({ party: 4 });
  const verdict = await decided(code, { from: bundle([row]) });
  assert.deepEqual([verdict.code, verdict.people, verdict.full], ["let_in", 4, false]);
});

test("a ticket given out after the bundle is let in by its signature alone", async () => {
  assert.equal((await decided(made().code)).code, "let_in");
});

test("each wrong ticket has a verdict of its own", async () => {
  const cases = [
    ["wrong_fair", { fair: "00000000" }, {}],
    ["revoked", { revoked: true }, {}],
    ["reissued", { rowIssue: 2 }, {}],
    ["wrong_day", { first: TODAY + 1, last: TODAY + 2 }, {}],
    ["fair_cancelled", {}, { fair_cancelled: true }],
  ];
  for (const [code, wish, said] of cases) {
    const ticket = made(wish);
    assert.equal((await decided(ticket.code, { from: bundle([ticket.row], said) })).code, code);
  }
});

test("a reissued ticket that is newer than the bundle opens", async () => {
  const { code, row } = made({ issue: 2, rowIssue: 1 });
  assert.equal((await decided(code, { from: bundle([row]) })).code, "let_in");
});

test("a ticket of several days opens on each, and not before or after the fair", async () => {
  const { code, row } = made({ first: TODAY, last: TODAY + 1 });
  const at = async (days) => (await decided(code, { from: bundle([row]), now: NOON + days * DAY })).code;
  assert.deepEqual([await at(-1), await at(0), await at(1), await at(2), await at(3)],
    ["wrong_day", "let_in", "let_in", "wrong_day", "wrong_day"]);
});

test("a ticket whose day the fair has moved away from opens on any of its days", async () => {
  const { code, row } = made({ first: TODAY - 30, last: TODAY - 30 });
  assert.equal((await decided(code, { from: bundle([row]) })).code, "let_in");
  assert.equal((await decided(code, { from: bundle([row]), now: NOON - DAY })).code, "wrong_day");
});

test("whom this phone let in is inside, also where the bundle does not know", async () => {
  const { code, row, key } = made();
  const from = bundle([row]);
  const verdict = await decided(code, { from, seen: [scan(key, "in")] });
  assert.deepEqual([verdict.code, verdict.since], ["already_inside", "2025-09-17T09:00:00Z"]);
  // Looks that moved nobody, and other tickets, change nothing.
  const looks = [scan(key, "in", 1, "already_inside"), scan("00", "in")];
  assert.equal((await decided(code, { from, seen: looks })).code, "let_in");
});

test("who left may come back where the rules say so", async () => {
  for (const [kind, code] of [[0, "let_in"], [1, "already_inside"]]) {
    const ticket = made({ kind });
    const seen = [scan(ticket.key, "in"), scan(ticket.key, "out")];
    assert.equal((await decided(ticket.code, { from: bundle([ticket.row]), seen })).code, code);
  }
});

test("the rest of a party comes later, and no more than the rest", async () => {
  const { code, row, key } = made({ party: 5, inside: 2 });
  const from = bundle([row]);
  assert.equal((await decided(code, { from })).people, 3);
  assert.equal((await decided(code, { from, people: 2 })).people, 2);
  const more = await decided(code, { from, people: 4 });
  assert.deepEqual([more.code, more.people], ["too_many_people", 3]);
  assert.equal((await decided(code, { from, seen: [scan(key, "in", 3)] })).code, "already_inside");
});

test("whoever wants to leave may, with as many as are inside", async () => {
  const { code, row, key } = made({ party: 5, inside: 2, first: TODAY + 1, last: TODAY + 1, revoked: true });
  const from = bundle([row]);
  const leaves = await decided(code, { from, direction: "out" });
  assert.deepEqual([leaves.code, leaves.people], ["let_out", 2]);
  const all = await decided(code, { from, direction: "out", seen: [scan(key, "out", 2)] });
  assert.deepEqual([all.code, all.people], ["let_out", 5]);
});

test("a full fair is a warning to a phone that decides alone", async () => {
  const { code, row } = made({ party: 2 });
  const from = bundle([row], { inside: 8, inside_limit: 11 });
  assert.equal((await decided(code, { from })).full, false);
  assert.equal((await decided(code, { from, seen: [scan(null, "in", 2)] })).full, true);
  assert.equal((await decided(code, { from, seen: [scan(null, "in", 2), scan(null, "out", 2)] })).full, false);
});

test("letters below a code find its ticket, unless two have the same", () => {
  const rows = [made({ short: 2 ** 36 + 5, party: 3 }), made({ short: 9 }), made({ short: 9 })].map(({ row }) => row);
  const asked = (typed) =>
    page.decide({ bundle: bundle(rows), seen: [], reading: { typed, letters: "" }, direction: "in", now: NOON });
  assert.deepEqual([asked(2 ** 36 + 5).code, asked(2 ** 36 + 5).people], ["let_in", 3]);
  assert.equal(asked(8).code, "unknown_ticket");
  assert.equal(asked(9).code, "ask_for_code");
});

test("rows are found in a bundle of many, in whatever order they came", () => {
  const tickets = Array.from({ length: 300 }, (_, at) => made({ party: (at % 60) + 1 }));
  const from = bundle(tickets.map(({ row }) => row));
  assert.equal(from.count, 300);
  tickets.forEach(({ key }, at) => assert.equal(from.find(key)?.party, (at % 60) + 1));
  assert.equal(from.find("0000000000000000"), null);
});

test("a delta replaces and adds rows, and leaves the others", () => {
  const [one, two, three] = [made(), made(), made()];
  const before = bundle([one.row, two.row]);
  const changed = Buffer.from(two.row);
  changed[20] = 1;
  const after = page.Bundle.after(answer([three.row, changed], { whole: false, version: 2 }), before);
  assert.deepEqual([after.count, after.version], [3, 2]);
  assert.deepEqual([one, two, three].map(({ key }) => after.find(key)?.inside), [0, 1, 0]);
  const same = page.Bundle.after(answer([], { whole: false, version: 3 }), after);
  assert.deepEqual([same.count, same.rows === after.rows], [3, true]);
  assert.equal(page.Bundle.after(answer([one.row]), after).count, 1);
});

test("a long delta loses no row, wherever its rows belong", () => {
  const olds = Array.from({ length: 80 }, () => made());
  const news = Array.from({ length: 60 }, () => made({ party: 2 }));
  const replaced = olds.slice(20, 50).map(({ row }) => Buffer.from(row).fill(2, 19, 20));
  const fresh = [...news.map(({ row }) => row), ...replaced];
  const after = page.Bundle.after(answer(fresh, { whole: false }), bundle(olds.map(({ row }) => row)));
  assert.equal(after.count, 140);
  const parties = [...olds, ...news].map(({ key }) => after.find(key)?.party);
  assert.deepEqual(parties, [...Array(20).fill(1), ...Array(30).fill(2), ...Array(30).fill(1), ...Array(60).fill(2)]);
});

test("refusals by the server have colours and words of the page", () => {
  assert.equal(page.verdictOf("already_checked_in"), "already_inside");
  assert.equal(page.verdictOf("something_new"), "refused");
  const colours = ["let_in", "let_out", "already_inside", "too_many_inside", "revoked", "refused"].map(page.colourOf);
  assert.deepEqual(colours, ["go", "go", "look", "look", "no", "no"]);
  assert.deepEqual(["already_inside", "ask_for_code", "revoked"].map(page.mayOverrule), [true, false, false]);
  assert.deepEqual(["ask_for_code", "no_seat", "hall_full", "revoked"].map(page.wireCode),
    ["unknown_ticket", "refused", "too_many_inside", "revoked"]);
  assert.deepEqual([0, 7, 99].map(page.countOf), [1, 7, 60]);
});

// At the door of a workshop

const atHall = (tickets, seats, { capacity = 3, scans = [], unknown, walkIns, reading } = {}) => {
  const session = { session_id: "s", title: {}, starts_at: "", ends_at: "", capacity, walk_ins: walkIns, seats };
  const from = bundle(tickets.map(({ row }) => row), { session_id: "s", sessions: [session] });
  return page.decideAtHall({ bundle: from, session, scans, unknown, reading });
};
const readingOf = async ({ code }) => new page.Verifier(bundle([]).said.keys).read(code);

test("a reserved seat is for its holder, once", async () => {
  const [holder, stranger] = [made({ party: 1 }), made()];
  const seats = [{ seat_id: "1", ticket: holder.key, attended: false, places: 2 }];
  const reading = await readingOf(holder);
  const first = atHall([holder], seats, { reading });
  assert.deepEqual([first.code, first.people], ["let_in", 2]);
  assert.equal(atHall([holder], seats, { reading, scans: [scan(holder.key, "in")] }).code, "already_inside");
  assert.equal(atHall([holder], [{ ...seats[0], attended: true }], { reading }).code, "already_inside");
  const other = await readingOf(stranger);
  assert.equal(atHall([stranger], seats, { reading: other }).code, "no_seat");
  assert.equal(atHall([stranger], seats, { reading: other, scans: [scan(null, "in")] }).code, "hall_full");
});

test("wrong tickets are refused at a hall as at a gate", async () => {
  const cases = [["wrong_fair", { fair: "00000000" }], ["revoked", { revoked: true }], ["reissued", { rowIssue: 2 }]];
  for (const [code, wish] of cases) {
    const ticket = made(wish);
    assert.equal(atHall([ticket], [], { reading: await readingOf(ticket) }).code, code);
  }
  assert.equal(atHall([], [], { reading: { verdict: "unreadable" } }).code, "unreadable");
  assert.equal(atHall([made({ short: 5 })], [], { reading: { typed: 5, letters: "" } }).code, "no_seat");
  assert.equal(atHall([], [], { reading: { typed: 5, letters: "" } }).code, "unknown_ticket");
});

test("seats, those who came, and walk-ins are counted apart", () => {
  const seats = [{ ticket: "aa", attended: true }, { ticket: "bb", attended: false, places: 3 }, { ticket: null, attended: false }];
  const session = { session_id: "s", title: {}, starts_at: "", ends_at: "", capacity: 9, seats };
  const scans = [scan("bb", "in", 3), scan(null, "in", 2), scan("cc", "in"), scan("dd", "in", 1, "refused")];
  assert.deepEqual(page.seatsOf(session, scans), { reserved: 5, attended: 4, walkIns: 3, room: 1 });
  assert.equal(page.seatsOf({ ...session, capacity: null }, scans).room, null);
});

test("walk-ins at other doors count, and its own once", () => {
  const session = { session_id: "s", title: {}, starts_at: "", ends_at: "", capacity: 9, seats: [], walk_ins: 4 };
  const scans = [scan(null, "in", 2), scan("cc", "in")];
  assert.deepEqual(page.seatsOf(session, scans, []), { reserved: 0, attended: 0, walkIns: 4, room: 5 });
  assert.equal(page.seatsOf(session, scans, [scans[1]]).walkIns, 5);
  assert.equal(page.seatsOf(session, scans).walkIns, 7);
  const reading = { typed: 5, letters: "" };
  const tickets = [made({ short: 5 })];
  const full = { capacity: 2, scans: [scan(null, "in", 2)], reading };
  assert.equal(atHall(tickets, [], full).code, "hall_full");
  assert.equal(atHall(tickets, [], { ...full, unknown: [], walkIns: 1 }).code, "no_seat");
});
