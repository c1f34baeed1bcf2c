// Sends scans in order of their numbers, up to 500 at a time, until the server has them all.
// It asks nobody whether there is a network: it tries, waits a little longer after each failure,
// and is woken by each new scan.

import { NoAnswer, Problem } from "./api.js";

const MOST = 500;
const FIRST_MS = 1000;
const LAST_MS = 20_000;
/** After a scan the verdict goes first; and a rush without a network is no reason to try more often. */
const AFTER_SCAN_MS = 250;
const BETWEEN_MS = 1000;
const SENT = [
  "scan_id", "sequence", "at", "offset_ms", "ticket_id", "typed", "issue", "direction", "people",
  "verdict", "decided", "overruled",
];

/** A scan as it goes over the wire. @param {import("./store.js").Scan} scan */
export function wire(scan) {
  return Object.fromEntries(Object.entries(scan).filter(([name]) => SENT.includes(name)));
}

/** The scans to send now: in order, and none beyond one that may still change. @param {import("./store.js").Scan[]} scans @param {number} most */
export function batchOf(scans, most) {
  const unsettled = scans.findIndex(({ open }) => open);
  return (unsettled < 0 ? scans : scans.slice(0, unsettled)).slice(0, most);
}

export class Uploader {
  /**
   * @param {import("./store.js").Store} store @param {import("./api.js").Api} api
   * @param {string} device @param {() => void} changed called after each attempt
   */
  constructor(store, api, device, changed) {
    this.store = store;
    this.api = api;
    this.device = device;
    this.changed = changed;
    this.sent = 0;
    this.most = MOST;
    this.wait = FIRST_MS;
    /** @type {string | null} why the server does not take what is next */
    this.trouble = null;
    this.stopped = false;
    this.wake = () => undefined;
  }

  /** Begin, where an earlier page ended. */
  async start() {
    this.sent = (await this.store.kept(`sent ${this.device}`)) ?? 0;
    this.run();
  }

  stop() {
    this.stopped = true;
    this.wake();
  }

  async run() {
    while (!this.stopped) {
      /** @type {"more" | "nothing" | "later"} */
      let next = "later";
      try {
        next = await this.attempt();
      } catch (error) {
        console.error(error); // Not the network's: the phone's own storage.
      }
      this.changed();
      if (next !== "more") await this.pause(next === "nothing" ? LAST_MS : this.wait);
    }
  }

  /** @param {number} milliseconds */
  pause(milliseconds) {
    const began = performance.now();
    return new Promise((resolve) => {
      let timer = setTimeout(resolve, milliseconds);
      let due = began + milliseconds;
      this.wake = () => {
        const soonest = Math.max(performance.now() + AFTER_SCAN_MS, began + BETWEEN_MS);
        if (soonest >= due && !this.stopped) return;
        clearTimeout(timer);
        due = soonest;
        timer = setTimeout(resolve, this.stopped ? 0 : soonest - performance.now());
      };
    });
  }

  /** Send one batch. */
  async attempt() {
    const batch = batchOf(await this.store.scans(this.device, this.sent, this.most), this.most);
    if (batch.length === 0) return "nothing";
    const taken = batch.filter((scan) => scan.refused === null);
    try {
      if (taken.length > 0) await this.api.upload(this.device, taken.map(wire));
    } catch (error) {
      return this.failed(error, batch);
    }
    await this.passed(batch[batch.length - 1].sequence);
    this.trouble = null;
    return "more";
  }

  /** @param {number} sequence all up to here need not be sent again */
  async passed(sequence) {
    await this.store.keep({ [`sent ${this.device}`]: sequence });
    this.sent = sequence;
    this.wait = FIRST_MS;
    this.most = Math.min(MOST, this.most * 2);
  }

  /**
   * @param {unknown} error @param {import("./store.js").Scan[]} batch
   * @returns {Promise<"more" | "later">}
   */
  async failed(error, batch) {
    this.wait = Math.min(LAST_MS, this.wait * 2);
    if (error instanceof NoAnswer) return "later";
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) {
      this.stop();
      return "later";
    }
    this.trouble = error.code;
    if (![409, 413, 422].includes(error.status)) return "later";
    if (batch.length > 1) {
      // One scan that the server does not take must not keep the others from it.
      this.most = Math.ceil(batch.length / 2);
      return "more";
    }
    await this.store.change(batch[0], () => ({ refused: error.code }));
    await this.passed(batch[0].sequence);
    return "more";
  }
}
