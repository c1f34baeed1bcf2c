import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { base45, bundle, decided, made, page, TODAY } from "./made.mjs";

const { keys } = bundle([]).said;
const verdict = async (text) => {
  const reading = await new page.Verifier(keys).read(text);
  return "ticket" in reading ? "ticket" : reading.verdict;
};

test("a code that we signed is read as the ticket it is", async () => {
  const { code, key } = made({ kind: 2, first: 10, last: 12, issue: 3, party: 28 });
  const { ticket } = await new page.Verifier(keys).read(code);
  assert.equal(ticket.key, key);
  assert.match(ticket.id, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.deepEqual([ticket.kind, ticket.first, ticket.last, ticket.issue, ticket.party], [2, 10, 12, 3, 28]);
});

test("base45 is that of RFC 9285", () => {
  const text = (letters) => new TextDecoder().decode(page.base45(letters));
  assert.equal(text("BB8"), "AB");
  assert.equal(text("%69 VD92EX0"), "Hello!!");
  assert.equal(text("UJCLQE7W581"), "base-45");
  for (const wrong of ["A", "GGW", ":::", "::", "aaa", "é22", "BB8B"]) assert.equal(page.base45(wrong), null, wrong);
});

test("what is no code of ours is unreadable", async () => {
  const { code } = made();
  for (const text of ["", "HELLO", code.slice(1), `${code}0`, code.toLowerCase(), "🎟".repeat(70), ":".repeat(140)]) {
    assert.equal(await verdict(text), "unreadable", text);
  }
  assert.equal(await verdict(made({ version: 2 }).code), "unreadable");
});

test("a signed payload that says nothing possible is unreadable", async () => {
  const wrong = [{ kind: 5 }, { kind: 16 }, { first: TODAY + 1 }, { issue: 0 }, { party: 0 }, { party: 61 }];
  for (const wish of wrong) assert.equal(await verdict(made(wish).code), "unreadable", JSON.stringify(wish));
});

test("a key that the bundle has not is unknown, a signature by another key is bad", async () => {
  assert.equal(await verdict(made({ keyId: 2 }).code), "unknown_key");
  assert.equal(await verdict(made({ stranger: true }).code), "bad_signature");
});

test("no code with one bit changed is accepted", async () => {
  const { bytes } = made({ party: 4 });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const spoilt = Buffer.from(bytes);
    spoilt[bit >> 3] ^= 1 << (bit & 7);
    assert.notEqual(await verdict(base45(spoilt)), "ticket", `bit ${bit}`);
  }
});

test("line ends that a scanner adds are no part of the code, and spaces are", async () => {
  const { code } = made();
  assert.equal(await verdict(page.withoutLineEnd(`${code}\r\n`)), "ticket");
  assert.equal(page.withoutLineEnd("A  \n"), "A  ");
  assert.equal(await verdict(`${code} `), "unreadable");
});

test("typed letters are read without case, spaces and hyphens", () => {
  assert.equal(page.shortNumber("AAAAAAAA"), 0);
  assert.equal(page.shortNumber("aaaa-aa ab"), 1);
  assert.equal(page.shortNumber("ZZZZZZZZ"), 24 ** 8 - 1);
  for (const wrong of ["AAAAAAA", "AAAAAAAAA", "AAAAAAAI", "AAAAAAAO", "AAAAAAA1", ""]) {
    assert.equal(page.shortNumber(wrong), null, wrong);
  }
});

test("a bundle with a key that is none refuses its codes, and goes on", async () => {
  const from = bundle([], { keys: [{ id: 1, public: "AAAA" }] });
  assert.equal((await decided(made().code, { from })).code, "unknown_key");
});

test("a scanner is understood on a phone set to French or Arabic", async () => {
  // The letters that an American scanner's keys make there, for the first letters of a code.
  const press = (letters, places, shift = []) =>
    [...letters].map((key, at) => ({ key, place: places[at], shift: shift.includes(at) }));
  const places = ["KeyA", "KeyQ", "KeyZ", "KeyW", "KeyM", "Digit1", "Slash", "Semicolon", "Digit4", "Space"];
  const french = page.readings(press("qawz,&!M4 ", places, [7, 8]));
  assert.ok(french.texts.includes("AQZWM1/:$ "));
  const arabic = page.readings(press("شضئصى١ظ:$ ", places, [7, 8]));
  assert.equal(arabic.texts[0], "AQZWM1/:$ ");
  assert.equal(arabic.layout, true);
  const american = page.readings(press("AQZWM1/:$ ", places, [0, 1, 2, 3, 4, 7, 8]));
  assert.deepEqual(american, { texts: ["AQZWM1/:$ "], layout: false });
});

test("every vector of contracts/tickets has the verdict that is written there", async () => {
  const { keys: all, codes } = JSON.parse(readFileSync(process.env.TICKET_VECTORS, "utf-8"));
  const known = all.filter(({ state }) => state !== "compromised");
  const numberOf = (day) => Math.round((Date.parse(day) - Date.UTC(2020, 0, 1)) / 86_400_000);
  const opened = { valid: "let_in" };
  for (const { name, code, shown, verdict: wanted } of codes) {
    const reading = await new page.Verifier(known).read(code);
    if ("verdict" in reading) {
      assert.equal(reading.verdict, wanted, name);
      continue;
    }
    const { ticket } = reading;
    const hash = createHash("sha256").update(shown?.fair_id ?? "").digest("hex").slice(0, 8);
    const today = shown?.day ? numberOf(shown.day) : ticket.first;
    const day = (number) => ({
      number, begins: new Date(Date.UTC(2020, 0, 1 + number)).toISOString(),
      ends: new Date(Date.UTC(2020, 0, 2 + number)).toISOString(),
    });
    const row = made({
      ...ticket, fair: ticket.fairHash, id: Buffer.from(ticket.id.replaceAll("-", ""), "hex"),
      rowIssue: shown?.issue ?? ticket.issue,
    }).row;
    const from = bundle([row], {
      fair_hash: shown?.fair_id ? hash : ticket.fairHash, days: [day(today), day(ticket.first)],
    });
    const now = Date.UTC(2020, 0, 1 + today, 12);
    const decided = page.decide({ bundle: from, seen: [], reading, direction: "in", now });
    assert.equal(decided.code, opened[wanted] ?? wanted, name);
  }
  assert.ok(codes.length > 20);
});
