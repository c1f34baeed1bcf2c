// What the phone keeps: the device, the bundle, and every scan under its sequence number.

const NAME = "maarid-gate";
const VERSION = 1;

/**
 * @typedef {{device_id: string, token: string, fair_id: string, gate_id: string,
 *   session_id: string | null, label: string}} Device
 * @typedef {{device_id: string, sequence: number, scan_id: string, at: string,
 *   offset_ms: number | null, ticket_id: string | null, typed: string | null,
 *   issue: number | null, direction: "in" | "out", people: number, verdict: string,
 *   decided: "online" | "offline", overruled: boolean, key: string | null,
 *   open: boolean, fetches: number | null, refused: string | null}} Scan
 *   `key`: of the ticket, for decisions of this phone;  `open`: its number of people may still
 *   change, so it is not sent;  `fetches`: bundles asked for until the server knew of it, where it
 *   was asked first;  `refused`: why the server does not take it
 */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function end(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
  });
}

export class Store {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  static async open() {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("scans", { keyPath: ["device_id", "sequence"] });
    };
    const store = new Store(await answerOf(request));
    // Asked again at each start: browsers say yes once the page is used much, or installed.
    store.lasting = (await navigator.storage?.persist?.().catch(() => false)) ?? false;
    return store;
  }

  /** What is kept under a name. @param {string} name @returns {Promise<any>} */
  kept(name) {
    return answerOf(this.database.transaction("kept").objectStore("kept").get(name));
  }

  /** @param {Record<string, unknown>} values all of them, or none */
  async keep(values) {
    const transaction = this.database.transaction("kept", "readwrite", { durability: "strict" });
    for (const [name, value] of Object.entries(values)) {
      transaction.objectStore("kept").put(value, name);
    }
    await end(transaction);
  }

  /** Forget the device and what it knew; its scans stay, and the numbers they have. */
  async forget() {
    const transaction = this.database.transaction("kept", "readwrite", { durability: "strict" });
    for (const name of ["device", "bundle", "revoked", "direction"]) {
      transaction.objectStore("kept").delete(name);
    }
    await end(transaction);
  }

  /**
   * Store a scan under the next number of its device.  The number and the scan are one
   * transaction: neither a reload nor a second page can give a number twice.
   * @param {Omit<Scan, "sequence">} scan @returns {Promise<Scan>}
   */
  async add(scan) {
    const stores = ["kept", "scans"];
    const transaction = this.database.transaction(stores, "readwrite", { durability: "strict" });
    const done = end(transaction);
    const [kept, scans] = stores.map((name) => transaction.objectStore(name));
    const counter = `sequence ${scan.device_id}`;
    const sequence = ((await answerOf(kept.get(counter))) ?? 0) + 1;
    kept.put(sequence, counter);
    const stored = { ...scan, sequence };
    scans.add(stored);
    await done;
    return stored;
  }

  /**
   * Change a scan where it stands.
   * @param {Scan} scan @param {(now: Scan) => Partial<Scan> | null} change null leaves it
   * @returns {Promise<Scan>}
   */
  async change(scan, change) {
    const transaction = this.database.transaction("scans", "readwrite", { durability: "strict" });
    const done = end(transaction);
    const scans = transaction.objectStore("scans");
    const now = await answerOf(scans.get([scan.device_id, scan.sequence]));
    const changes = change(now);
    if (changes !== null) scans.put({ ...now, ...changes });
    await done;
    return { ...now, ...changes };
  }

  /**
   * Scans of a device after a number, in order.
   * @param {string} device @param {number} after @param {number} [most] @returns {Promise<Scan[]>}
   */
  scans(device, after = 0, most) {
    const range = IDBKeyRange.bound([device, after + 1], [device, Number.MAX_SAFE_INTEGER]);
    return answerOf(this.database.transaction("scans").objectStore("scans").getAll(range, most));
  }

  /** All scans of all devices that this phone ever was. @returns {Promise<Scan[]>} */
  everything() {
    return answerOf(this.database.transaction("scans").objectStore("scans").getAll());
  }
}
