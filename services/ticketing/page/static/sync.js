// Keeps the bundle fresh, and knows whether the phone decides with the server or alone.

import { Bundle } from "./bundle.js";
import { NoAnswer, Problem } from "./api.js";

/** Beyond this a gate does not wait for the server. */
export const PATIENCE_MS = 300;
const FRESH_MS = 15_000;
const RETRY_MS = 3000;
const SOON_MS = 300;
const DOUBTS = 5;

export class Sync {
  /**
   * @param {import("./store.js").Store} store @param {import("./api.js").Api} api
   * @param {string} device @param {() => number} sent number up to which scans were sent
   * @param {() => void} changed
   */
  constructor(store, api, device, sent, changed) {
    this.store = store;
    this.api = api;
    this.device = device;
    this.sent = sent;
    this.changed = changed;
    /** @type {Bundle | null} */
    this.bundle = null;
    /** The number up to which scans of this phone stand in the bundle. */
    this.covered = 0;
    /** How many bundles were asked for, and the number of the one we have. */
    this.fetches = 0;
    this.fetched = 0;
    /** @type {number | null} when the bundle came, by the phone's clock */
    this.at = null;
    /** Bundles in a row of which we cannot say which of our scans they know. */
    this.doubts = 0;
    this.online = false;
    this.stopped = false;
    this.wake = () => undefined;
    api.heard = (took) => this.heard(took);
    addEventListener("offline", () => this.heard(null));
    addEventListener("online", () => this.wake());
  }

  /** Slow is as good as away: each visitor would wait for nothing. @param {number | null} took */
  heard(took) {
    const online = took !== null && (took <= PATIENCE_MS || (this.online && took <= 10 * PATIENCE_MS));
    if (online === this.online) return;
    this.online = online;
    this.wake();
    this.changed();
  }

  /** What an earlier page had. @param {import("./store.js").Scan[]} scans */
  async restore(scans) {
    const kept = await this.store.kept("bundle");
    if (kept !== undefined) {
      this.bundle = new Bundle(kept.said, kept.rows);
      this.covered = kept.covered;
      this.at = kept.at;
      this.fetched = kept.fetch;
    }
    this.api.offset = (await this.store.kept("offset")) ?? null;
    this.fetches = Math.max(this.fetched, ...scans.map(({ fetches }) => fetches ?? 0));
  }

  async run() {
    while (!this.stopped) {
      await this.refresh();
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, this.doubts > 0 ? SOON_MS : this.online ? FRESH_MS : RETRY_MS);
        this.wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }

  stop() {
    this.stopped = true;
    this.wake();
  }

  /** Ask for what changed. */
  async refresh() {
    this.fetches += 1;
    const [fetch, covered] = [this.fetches, this.sent()];
    const [told, quiet] = [this.api.told, this.api.telling === 0];
    try {
      const before = this.bundle;
      const answer = await this.api.bundle(this.device, before?.version ?? null);
      // While the server was being told of a scan, its answer may count that scan or not; a party
      // would be counted twice.  In a rush without end any answer is better than none.
      const certain = quiet && this.api.told === told;
      if (!certain && before !== null && this.doubts < DOUBTS) {
        this.doubts += 1;
        return;
      }
      this.doubts = 0;
      this.bundle = Bundle.after(answer, before);
      this.covered = covered;
      this.fetched = fetch;
      this.at = Date.now();
      const { said, rows } = this.bundle;
      // Rows are written anew only where they changed: on a phone that is 2 MB of flash.
      if (before === null || rows !== before.rows || covered !== this.kept) {
        await this.store.keep({ bundle: { said, rows, covered, fetch, at: this.at } });
        this.kept = covered;
      }
      await this.store.keep({ offset: this.api.offset });
      this.changed();
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Problem)) throw error;
    }
  }

  /** Scans of this phone that the bundle does not know. @param {import("./store.js").Scan[]} scans */
  unknown(scans) {
    return scans.filter(
      ({ sequence, fetches }) =>
        sequence > this.covered && (fetches === null || fetches >= this.fetched),
    );
  }
}
