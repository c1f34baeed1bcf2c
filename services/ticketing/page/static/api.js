// What is asked of ticketing, and how this phone's clock stands to the server's.

const ROOT = new URL("../", import.meta.url);
/** An answer that took longer says too little about the server's clock. */
const CLOCK_MS = 2000;

/** The server answered with a problem. */
export class Problem extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body?.code ?? `status ${status}`);
    this.status = status;
    this.code = /** @type {string} */ (body?.code ?? "");
    this.body = body;
  }
}

/** Nobody answered: no network, too slow, or a server in trouble. */
export class NoAnswer extends Error {}

export class Api {
  constructor() {
    this.token = "";
    /** @type {number | null} server minus phone, in milliseconds */
    this.offset = null;
    /** @type {(milliseconds: number | null) => void} told how long an answer took; null for none */
    this.heard = () => undefined;
    /** Requests that tell the server of scans: in flight, and begun so far. */
    this.telling = 0;
    this.told = 0;
    this.revoked = () => undefined;
  }

  /** The moment, by the server's clock as far as known. */
  now() {
    return Date.now() + (this.offset ?? 0);
  }

  /**
   * @param {string} method @param {string} path @param {{body?: unknown, key?: string, seconds?: number}} [more]
   * @returns {Promise<any>}  Throws Problem and NoAnswer.
   */
  async ask(method, path, { body, key, seconds = 10 } = {}) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (this.token !== "") headers.authorization = `Bearer ${this.token}`;
    if (key !== undefined) headers["idempotency-key"] = key;
    if (body !== undefined) headers["content-type"] = "application/json";
    const [asked, began] = [Date.now(), performance.now()];
    let answer, said;
    try {
      answer = await fetch(new URL(path, ROOT), {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(seconds * 1000),
      });
      said = await answer.json();
    } catch {
      this.heard(null);
      throw new NoAnswer(path);
    }
    const took = performance.now() - began;
    if (answer.status >= 500 || answer.status === 408) {
      this.heard(null);
      throw new NoAnswer(`${path}: ${answer.status}`);
    }
    this.heard(took);
    if (answer.status === 401 && this.token !== "") this.revoked();
    if (!answer.ok) throw new Problem(answer.status, said);
    if (typeof said.at === "string" && took <= CLOCK_MS) {
      this.offset = Math.round(Date.parse(said.at) - (asked + took / 2));
    }
    return said;
  }

  /** @template T @param {Promise<T>} request @returns {Promise<T>} */
  async tell(request) {
    this.telling += 1;
    this.told += 1;
    try {
      return await request;
    } finally {
      this.telling -= 1;
    }
  }

  /** @param {string} code */
  pair(code) {
    return this.ask("POST", "devices/pair", { body: { code }, key: crypto.randomUUID() });
  }

  /** @param {string} device @param {number | null} since */
  bundle(device, since) {
    const query = since === null ? "" : `?since=${since}`;
    return this.ask("GET", `devices/${device}/bundle${query}`, { seconds: since === null ? 60 : 10 });
  }

  /** Each attempt is a wish of its own: what the server has it knows by number. @param {string} device @param {unknown[]} scans */
  upload(device, scans) {
    const [body, key] = [{ sent_at: new Date().toISOString(), scans }, crypto.randomUUID()];
    return this.tell(this.ask("POST", `devices/${device}/scans`, { body, key, seconds: 30 }));
  }

  /** @param {string} ticket @param {string} key @param {unknown} body */
  checkIn(ticket, key, body) {
    return this.tell(this.ask("POST", `tickets/${ticket}/check-in`, { body, key }));
  }
}
