// The screen between two scans: the camera, who is inside, and what else a steward can do.

import { button, topBar } from "./screen.js";
import { both, clock, el, figure, isolated } from "./texts.js";

/**
 * @typedef {{bar: import("./screen.js").Bar, direction: "in" | "out", inside: number,
 *   limit: number | null, at: number | null, zone: string, refused: number, ready: boolean,
 *   seats: import("./hall.js").Seats | null, hall: boolean, video: HTMLVideoElement | null}} Idle
 */

/** @param {Idle} idle */
function figures({ inside, limit, at, zone, seats }) {
  const age = at === null ? [] : [el("span", { class: "age" }, both("as_of", { at: clock(at, zone) }))];
  if (seats !== null) {
    const { reserved, attended, walkIns } = seats;
    return el("div", { class: "stat", "data-attended": String(attended), "data-walk-ins": String(walkIns) },
      both("seats", { n: reserved }), both("attended", { n: attended }), both("walk_ins", { n: walkIns }), ...age);
  }
  const full = limit !== null && inside >= limit;
  const count = limit === null ? figure(inside) : `${figure(inside)} / ${figure(limit)}`;
  return el("div", { class: full ? "stat full" : "stat", "data-inside": String(inside), "data-limit": String(limit ?? "") },
    el("b", {}, isolated(count)), both("inside_now"), ...age);
}

/** @param {Idle} idle @param {{turn: () => void, type: () => void, tally: () => void}} does */
export function idleScreen(idle, does) {
  const { direction, video, refused, ready, hall } = idle;
  const notes = [];
  if (!ready) notes.push(el("p", { class: "note", role: "status" }, both(hall ? "hall_none" : "no_bundle")));
  if (refused > 0) notes.push(el("p", { class: "note", role: "status" }, both("trouble", { n: refused })));
  const view = el("section", { class: "view" }, ...(video === null ? [] : [video]),
    el("p", { class: "aim" }, both(video === null ? "no_camera" : "hold_code")));
  const turn = direction === "in" ? "turn_out" : "turn_in";
  return el("main", { class: `plain going-${direction}`, "data-screen": "idle", "data-direction": direction },
    topBar(idle.bar),
    el("div", { class: "now" }, el("h1", {}, both(hall ? "hall" : `direction_${direction}`)), figures(idle)),
    view,
    el("div", {}, ...notes,
      el("div", { class: "duo three" },
        button("type", does.type, "btn alt"),
        button(hall ? "walk_in" : "tally", does.tally, "btn alt", "tally"),
        ...(hall ? [] : [button(turn, does.turn, "btn alt", "turn")]))));
}

/** Counting people without tickets. @param {Idle} idle @param {number} people @param {{change: (people: number) => void, count: (direction: "in" | "out") => void, back: () => void}} does */
export function tallyScreen(idle, people, does) {
  const step = (name, by, text) =>
    el("button", { type: "button", class: "btn alt step", click: () => does.change(people + by), "data-do": name, disabled: people + by < 1 || people + by > 60 }, text);
  const directions = idle.hall ? /** @type {const} */ (["in"]) : /** @type {const} */ (["out", "in"]);
  return el("main", { class: "plain", "data-screen": "tally" }, topBar(idle.bar),
    el("section", { class: "stack" },
      el("h1", {}, both(idle.hall ? "walk_in" : "tally_label")), figures(idle),
      el("div", { class: "count", dir: "ltr" }, step("less", -1, "−"), el("b", { class: "n", "data-count": String(people) }, String(people)), step("more", 1, "+"))),
    el("div", {},
      el("div", { class: "duo" }, ...directions.map((each) =>
        button(`tally_${each}`, () => does.count(each), each === "in" ? "btn" : "btn alt"))),
      el("div", { class: "duo last" }, button("back", does.back, "btn alt"))));
}
