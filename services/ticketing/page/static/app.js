// The page: pairing, then scan after scan.  What is shown follows from what happened last.

import { Api, NoAnswer, Problem } from "./api.js";
import { Camera } from "./camera.js";
import { colourOf } from "./decide.js";
import { Gate } from "./gate.js";
import { seatsOf } from "./hall.js";
import { idleScreen, tallyScreen } from "./idle.js";
import { listen } from "./keyboard.js";
import { askScreen, noticeScreen, peopleScreen, refreshBar, scanList, show, verdictScreen } from "./screen.js";
import { allowSound, play } from "./sound.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { loadTexts } from "./texts.js";
import { keepUpToDate, onlyPage, stayAwake } from "./updates.js";
import { Uploader } from "./upload.js";
import { canVerify } from "./verify.js";

const QUIET_MS = 30_000;
/** After which a green screen makes room for the camera again. */
const GREEN_MS = 6000;
/** A code as long as this was scanned into the field for letters. */
const LONG = 40;

class Page {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.api = new Api();
    this.began = false;
    this.stopped = false;
    this.touched = -Infinity;
    /** @type {HTMLVideoElement | null} */
    this.video = null;
    /** What stands on the screen. */
    this.screen = "";
  }

  // Pairing

  /** @param {string | null} problem */
  async pairing(problem = null) {
    this.screen = "pair";
    const left = await this.leftBehind();
    const sent = (text) => this.pair(text.toUpperCase().replace(/[\s-]/g, ""));
    show(askScreen({ bar: null, title: "pair_title", label: "pair_label", send: "pair", most: 12, problem, left, back: null, sent }));
  }

  /** Scans of an earlier pairing that were never sent. */
  async leftBehind() {
    const counts = new Map();
    let left = 0;
    for (const { device_id: id, sequence } of await this.store.everything()) {
      if (!counts.has(id)) counts.set(id, (await this.store.kept(`sent ${id}`)) ?? 0);
      if (sequence > counts.get(id)) left += 1;
    }
    return left;
  }

  /** @param {string} code */
  async pair(code) {
    try {
      const device = await this.api.pair(code);
      await this.store.keep({ device });
      await this.begin(device);
    } catch (error) {
      if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
      const tries = error instanceof Problem && error.status === 429;
      await this.pairing(error instanceof NoAnswer ? "pair_offline" : tries ? "pair_tries" : "pair_unknown");
    }
  }

  /** Go on with a device. @param {import("./store.js").Device} device */
  async begin(device) {
    this.device = device;
    this.stopped = false;
    this.api.token = device.token;
    this.api.revoked = () => this.revoked();
    const changed = () => this.changed();
    this.uploader = new Uploader(this.store, this.api, device.device_id, changed);
    this.sync = new Sync(this.store, this.api, device.device_id, () => this.uploader.sent, changed);
    const scans = await this.store.scans(device.device_id);
    await this.sync.restore(scans);
    this.gate = new Gate(this.store, this.api, device, this.sync, this.uploader, scans);
    this.gate.direction = (await this.store.kept("direction")) ?? "in";
    await this.gate.settle();
    await this.uploader.start();
    if (await this.store.kept("revoked")) return this.revoked();
    this.sync.run();
    if (this.began) return this.idle();
    this.screen = "start";
    show(noticeScreen({ id: "title", hint: "start_hint", go: "start", does: () => this.start(), colour: "go" }));
  }

  /** A finger is on the screen: now sound and camera are allowed. */
  async start() {
    allowSound();
    stayAwake();
    this.began = true;
    listen((burst) => this.scanned(burst.texts, { layout: burst.layout }));
    this.idle();
    const camera = new Camera((text) => this.seen(text), () => this.screen === "idle" && !this.gate.busy);
    if (await camera.start()) {
      this.video = camera.video;
      if (this.screen === "idle") this.idle();
    }
  }

  // Scans

  /** What the camera saw.  Red and yellow stay until a steward has seen them. @param {string} text */
  seen(text) {
    const green = this.screen === "verdict" && colourOf(this.gate.shown?.verdict.code ?? "") === "go";
    const taken = !this.gate.busy && (this.screen === "idle" || green);
    if (taken) this.scanned([text]);
    return taken;
  }

  /** @param {string[]} texts @param {{typed?: boolean, layout?: boolean}} [how] */
  async scanned(texts, how) {
    if (this.stopped || !["idle", "verdict", "typed"].includes(this.screen)) return;
    const shown = await this.gate.read(texts, how);
    if (shown !== null && !this.stopped) this.verdict(shown);
  }

  /** @param {import("./gate.js").Shown} shown */
  verdict(shown) {
    this.screen = "verdict";
    this.touched = performance.now();
    const { bundle } = this.sync;
    const { kind } = shown.verdict;
    const known = {
      zone: bundle?.timezone ?? "UTC",
      limit: bundle?.insideLimit ?? null,
      inside: this.gate.inside,
      room: this.seats()?.room ?? null,
      reentry: kind !== null && bundle !== null && bundle.reentry(kind),
      offset: this.api.offset ?? 0,
    };
    const colour = colourOf(shown.verdict.code);
    show(verdictScreen(this.bar(), shown, known, {
      next: () => this.next(),
      fewer: () => this.fewer(shown),
      overrule: () => this.overrule(),
    }));
    play(colour);
    if (colour === "go") setTimeout(() => this.fade(shown), GREEN_MS);
  }

  /** @param {import("./gate.js").Shown} shown */
  fade(shown) {
    if (this.screen === "verdict" && this.gate.shown === shown) this.next();
  }

  async next() {
    await this.gate.next();
    this.idle();
  }

  async overrule() {
    const shown = await this.gate.overrule();
    if (shown !== null) this.verdict(shown);
  }

  /** @param {import("./gate.js").Shown} shown */
  fewer(shown) {
    this.screen = "people";
    const chosen = async (people) => {
      await this.gate.fewer(people);
        this.verdict(shown);
    };
    show(peopleScreen(this.bar(), shown.scan.people - 1, shown.scan.direction, chosen, () => this.verdict(shown)));
  }

  // Between scans

  seats() {
    const session = this.sync.bundle?.session ?? null;
    return session === null ? null : seatsOf(session, this.gate.scans, this.sync.unknown(this.gate.scans));
  }

  /** @returns {import("./idle.js").Idle} */
  state() {
    const { bundle, at } = this.sync;
    const hall = this.device?.session_id !== null;
    return {
      bar: this.bar(),
      direction: this.gate.direction,
      inside: this.gate.inside,
      limit: bundle?.insideLimit ?? null,
      at: at === null ? null : at + (this.api.offset ?? 0),
      zone: bundle?.timezone ?? "UTC",
      refused: this.gate.scans.filter(({ refused }) => refused !== null).length,
      ready: bundle !== null && (!hall || bundle.session !== null),
      seats: this.seats(),
      hall,
      video: this.video,
    };
  }

  bar() {
    const { gate_id: gate, label } = /** @type {import("./store.js").Device} */ (this.device);
    return { gate, label, online: this.sync.online, unsent: this.gate.unsent.length };
  }

  idle() {
    if (this.stopped) return;
    this.screen = "idle";
    show(idleScreen(this.state(), { turn: () => this.turn(), type: () => this.typing(), tally: () => this.tally(1) }));
    this.video?.play().catch(() => undefined);
  }

  async turn() {
    this.gate.direction = this.gate.direction === "in" ? "out" : "in";
    await this.store.keep({ direction: this.gate.direction });
    this.idle();
  }

  typing() {
    this.screen = "typed";
    const sent = (text) => this.scanned([text.length > LONG ? text.toUpperCase() : text], { typed: text.length <= LONG });
    show(askScreen({ bar: this.bar(), title: null, label: "type_label", send: "check", most: 200, problem: null, back: () => this.idle(), sent }));
  }

  /** @param {number} people */
  tally(people) {
    this.screen = "tally";
    const count = async (direction) => {
        this.verdict(await this.gate.tally(direction, people));
    };
    const change = (wanted) => this.tally(Math.max(1, Math.min(60, wanted)));
    show(tallyScreen(this.state(), people, { change, count, back: () => this.idle() }));
  }

  // What happens by itself

  /** The network, the bundle or what was sent has changed. */
  changed() {
    if (this.stopped || this.gate === undefined || !this.began) return;
    this.gate.settleOld();
    if (this.screen === "idle") this.idle();
    else refreshBar(this.bar());
  }

  /** The server takes nothing from this phone any more. */
  async revoked() {
    if (this.stopped) return;
    this.stopped = true;
    this.screen = "revoked";
    this.sync.stop();
    this.uploader.stop();
    await this.store.keep({ revoked: true });
    const { unsent } = this.gate;
    const zone = this.sync.bundle?.timezone ?? "UTC";
    const again = async () => {
      await this.store.forget();
      this.api = new Api();
      await this.pairing();
    };
    const more = unsent.length === 0 ? [] : [scanList(unsent, zone)];
    show(noticeScreen({ id: "revoked_title", hint: "revoked_hint", go: "pair_again", does: again, more, colour: "no" }));
    play("no");
  }

  /** Whether a new version may take over. */
  isIdle() {
    if (this.gate === undefined) return document.querySelector("input")?.value === "";
    const quiet = performance.now() - this.touched > QUIET_MS;
    return quiet && ["idle", "start"].includes(this.screen) && this.gate.unsent.length === 0;
  }
}

async function open() {
  await loadTexts();
  if (!(await onlyPage())) return show(noticeScreen({ id: "elsewhere" }));
  if (!(await canVerify())) return show(noticeScreen({ id: "old_browser" }));
  let page;
  try {
    page = new Page(await Store.open());
  } catch {
    return show(noticeScreen({ id: "storage", colour: "no" }));
  }
  keepUpToDate(() => page.isIdle()).catch((error) => console.error(error));
  const device = await page.store.kept("device");
  if (device === undefined) await page.pairing();
  else await page.begin(device);
}

open();
