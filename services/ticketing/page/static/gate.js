// The way of one scan: read, decide (with the server while it answers in time), store, show.

import { NoAnswer, Problem } from "./api.js";
import { balance, countOf, decide, moved, refused, verdictOf, wireCode } from "./decide.js";
import { decideAtHall } from "./hall.js";
import { PATIENCE_MS } from "./sync.js";
import { typedReading, Verifier, withoutLineEnd } from "./verify.js";

/** How long the number of people of a shown verdict may still be changed. */
const OPEN_MS = 20_000;
/** Statuses with which the server says no to a ticket; others say that it could not tell. */
const SAID = new Set([404, 409, 410]);

/**
 * @typedef {import("./decide.js").Verdict} Verdict
 * @typedef {import("./store.js").Scan} Scan
 * @typedef {{verdict: Verdict, scan: Scan, reading: import("./verify.js").Reading | null,
 *   layout: boolean, told: any}} Shown  `told`: the details of the server's refusal
 */

export class Gate {
  /**
   * @param {import("./store.js").Store} store @param {import("./api.js").Api} api
   * @param {import("./store.js").Device} device @param {import("./sync.js").Sync} sync
   * @param {import("./upload.js").Uploader} uploader @param {Scan[]} scans of this device, in order
   */
  constructor(store, api, device, sync, uploader, scans) {
    this.store = store;
    this.api = api;
    this.device = device;
    this.sync = sync;
    this.uploader = uploader;
    this.scans = scans;
    /** @type {"in" | "out"} */
    this.direction = "in";
    /** Scans in hand; one after another, in the order in which they were made. */
    this.waiting = 0;
    this.last = Promise.resolve();
    /** @type {Shown | null} */
    this.shown = null;
    /** @type {[unknown, Verifier] | null} */
    this.verifier = null;
  }

  /** Scans that the server does not have yet. */
  get unsent() {
    return this.scans.filter(({ sequence }) => sequence > this.uploader.sent);
  }

  /** People inside, as far as this phone knows. */
  get inside() {
    const { bundle } = this.sync;
    return bundle === null ? 0 : Math.max(0, bundle.inside + balance(this.sync.unknown(this.scans)));
  }

  /** What a camera, a scanner or a person gave. @param {string[]} texts the likelier first @param {{typed?: boolean, layout?: boolean}} [how] */
  async read(texts, { typed = false, layout = false } = {}) {
    const { bundle } = this.sync;
    if (bundle === null) return null;
    return this.inTurn(async () => {
      await this.settle();
      const { keys } = bundle.said;
      if (this.verifier?.[0] !== keys) this.verifier = [keys, new Verifier(keys)];
      let reading = typed ? typedReading(texts[0]) : await this.verifier[1].read(withoutLineEnd(texts[0]));
      for (const text of typed ? [] : texts.slice(1)) {
        if ("ticket" in reading) break;
        const other = await this.verifier[1].read(text);
        if (!("verdict" in other) || other.verdict !== "unreadable") reading = other;
      }
      return this.judge(reading, layout && "verdict" in reading && reading.verdict === "unreadable");
    });
  }

  get busy() {
    return this.waiting > 0;
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async inTurn(work) {
    this.waiting += 1;
    const mine = this.last.then(work);
    this.last = mine.then(() => undefined, () => undefined);
    try {
      return await mine;
    } finally {
      this.waiting -= 1;
    }
  }

  /** @param {import("./verify.js").Reading} reading @param {boolean} [layout] @returns {Promise<Shown>} */
  async judge(reading, layout = false) {
    const bundle = /** @type {import("./bundle.js").Bundle} */ (this.sync.bundle);
    const direction = this.direction;
    const seen = this.sync.unknown(this.scans);
    const session = bundle.session;
    const alone =
      session !== null
        ? decideAtHall({ bundle, session, scans: this.scans, unknown: seen, reading })
        : decide({ bundle, seen, reading, direction, now: this.api.now() });
    const asked = { direction, people: moved({ verdict: alone.code }) ? alone.people : null, overrule: false };
    const scan = this.scanOf(reading, { ...asked, verdict: wireCode(alone.code), people: alone.people, overruled: false });
    return this.finish({ reading, scan, verdict: alone, layout, told: null }, asked);
  }

  /** Ask the server where it can help, store the scan, and show it. @param {Shown} shown @param {{direction: "in" | "out", people: number | null, overrule: boolean}} asked */
  async finish(shown, asked) {
    const { reading } = shown;
    /** @type {(scan: Scan) => void} */
    let stored = () => undefined;
    if (reading !== null && "ticket" in reading && this.serverKnows(shown.verdict, reading.ticket.key)) {
      const body = { gate_id: this.device.gate_id, issue: reading.ticket.issue, ...asked };
      const request = this.api.checkIn(reading.ticket.id, shown.scan.scan_id, body);
      const answer = await within(request, PATIENCE_MS);
      if (answer === null) {
        this.sync.heard(null);
        this.later(request, new Promise((resolve) => (stored = resolve)));
      } else {
        this.heed(shown, answer, asked.overrule);
      }
    }
    const { scan } = shown;
    scan.open = moved(scan) && scan.people > 1 && scan.decided === "offline" && reading !== null;
    shown.scan = await this.add(scan);
    stored(shown.scan);
    this.shown = shown;
    return shown;
  }

  /** Whether to ask the server: it cannot know yet what this phone let in by itself. @param {Verdict} verdict @param {string} key */
  serverKnows(verdict, key) {
    if (!this.sync.online || this.device.session_id !== null || verdict.code === "wrong_fair") return false;
    return !this.unsent.some((scan) => scan.key === key && scan.decided === "offline" && moved(scan));
  }

  /** Let the server's answer stand for our own. @param {Shown} shown @param {unknown} answer @param {boolean} overrule */
  heed(shown, answer, overrule) {
    const { scan, verdict } = shown;
    if (answer instanceof Problem) {
      // A steward who let somebody in all the same has done so, whatever the server thinks of it.
      if (!SAID.has(answer.status) || overrule) return;
      const code = verdictOf(answer.code);
      shown.told = answer.body;
      const people = code === "already_inside" || code === "too_many_inside" ? verdict.party : 0;
      shown.verdict = { ...verdict, code, people, full: false };
      Object.assign(scan, { verdict: code, people: countOf(people), decided: "online" });
      return;
    }
    const code = scan.direction === "in" ? "let_in" : "let_out";
    const people = moved(scan) ? scan.people : verdict.party;
    shown.verdict = { ...verdict, code, people, full: false };
    Object.assign(scan, { verdict: code, people, decided: "online", fetches: this.sync.fetches });
  }

  /** An answer that came too late still says that the server knows. @param {Promise<unknown>} request @param {Promise<Scan>} stored */
  async later(request, stored) {
    try {
      await request;
    } catch {
      return; // Decided by the phone, and uploaded.
    }
    const [fetches, scan] = [this.sync.fetches, await stored];
    this.replace(await this.store.change(scan, () => ({ fetches })));
  }

  /** @param {import("./verify.js").Reading | null} reading @param {{direction: "in" | "out", people: number, verdict: string, overruled: boolean}} said @returns {Omit<Scan, "sequence"> & {sequence: number}} */
  scanOf(reading, said) {
    const ticket = reading !== null && "ticket" in reading ? reading.ticket : null;
    const typed = reading !== null && "typed" in reading ? reading.letters : null;
    const rows = reading !== null && "typed" in reading ? this.sync.bundle?.findTyped(reading.typed) : [];
    return {
      ...said,
      device_id: this.device.device_id,
      sequence: 0,
      scan_id: crypto.randomUUID(),
      at: new Date().toISOString(),
      offset_ms: this.api.offset,
      ticket_id: ticket?.id ?? null,
      typed,
      issue: ticket?.issue ?? null,
      people: countOf(said.people),
      decided: "offline",
      key: ticket?.key ?? (rows?.length === 1 ? rows[0].key : null),
      open: false,
      fetches: null,
      refused: null,
    };
  }

  /** @param {Scan} scan */
  async add(scan) {
    const stored = await this.store.add(scan);
    this.scans.push(stored);
    this.uploader.wake();
    return stored;
  }

  /** @param {Scan} scan */
  replace(scan) {
    const place = this.scans.findIndex(({ sequence }) => sequence === scan.sequence);
    if (place >= 0) this.scans[place] = scan;
    if (this.shown?.scan.sequence === scan.sequence) this.shown.scan = scan;
  }

  /** The steward lets in all the same. */
  async overrule() {
    if (this.shown === null || this.busy) return null;
    const { reading, verdict } = this.shown;
    return this.inTurn(async () => {
      const people = countOf(verdict.people || verdict.party);
      const said = { direction: this.direction, people, verdict: "let_in", overruled: true };
      const scan = this.scanOf(reading, said);
      const shown = { reading, scan, layout: false, told: null };
      const asked = { direction: this.direction, people, overrule: true };
      return this.finish({ ...shown, verdict: { ...verdict, code: "let_in", people } }, asked);
    });
  }

  /** Fewer came than shown. @param {number} people */
  async fewer(people) {
    const shown = this.shown;
    if (shown === null || people >= shown.scan.people) return;
    const before = shown.scan.people;
    const changed = await this.store.change(shown.scan, (now) => (now.open ? { people } : null));
    shown.verdict = { ...shown.verdict, people };
    if (changed.people === people) {
      this.replace(changed);
    } else {
      // The server has the whole party already: the others are on the other side.
      const direction = shown.scan.direction === "in" ? "out" : "in";
      const verdict = direction === "in" ? "let_in" : "let_out";
      const said = { direction, people: before - people, verdict, overruled: false };
      await this.add(this.scanOf(shown.reading, /** @type {any} */ (said)));
    }
    await this.settle();
  }

  /** People without tickets. @param {"in" | "out"} direction @param {number} people */
  async tally(direction, people) {
    await this.settle();
    const verdict = direction === "in" ? "let_in" : "let_out";
    const scan = await this.add(this.scanOf(null, { direction, people: countOf(people), verdict, overruled: false }));
    const limit = this.sync.bundle?.insideLimit ?? null;
    const full = direction === "in" && limit !== null && this.inside > limit;
    const said = { ...refused(direction === "in" ? "tally_in" : "tally_out"), people: scan.people, full };
    this.shown = { verdict: said, scan, reading: null, layout: false, told: null };
    return this.shown;
  }

  /** The number of people of what was shown stands from now on. */
  async settle() {
    for (const scan of this.scans.filter(({ open }) => open)) {
      this.replace(await this.store.change(scan, () => ({ open: false })));
    }
    this.uploader.wake();
  }

  /** The steward has seen it. */
  async next() {
    this.shown = null;
    await this.settle();
  }

  /** Leave no number open for long, should the phone be put away. */
  async settleOld() {
    const old = this.scans.some(({ open, at }) => open && Date.now() - Date.parse(at) > OPEN_MS);
    if (old) await this.settle();
  }
}

/** What a request gave, a problem among it; null where it took longer, or nobody answered. @param {Promise<unknown>} request @param {number} milliseconds */
async function within(request, milliseconds) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds, null)));
  const answer = request.catch((error) => {
    if (error instanceof Problem) return error;
    if (error instanceof NoAnswer) return null;
    throw error;
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
