// The screens: each function makes the elements of one, and is given what its buttons do.

import { colourOf, mayOverrule } from "./decide.js";
import { both, clock, days, el, figure, isolated, peopleWord, plain, said } from "./texts.js";
import { KINDS } from "./verify.js";

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} id @param {string} [name] */
function sign(id, name = "i") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", name);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${id}`);
  svg.append(use);
  return svg;
}

/** @param {string} id @param {() => void} press @param {string} [kind] @param {string} [name] */
export function button(id, press, kind = "btn", name = id) {
  return el("button", { type: "button", class: kind, click: press, "data-do": name }, both(id));
}

/** Put a screen up in place of the one before. @param {HTMLElement} screen */
export function show(screen) {
  const before = document.querySelector("main");
  if (before === null) document.body.prepend(screen);
  else before.replaceWith(screen);
}

/**
 * @typedef {{gate: string, label: string, online: boolean, unsent: number}} Bar
 * @param {Bar} bar
 */
export function topBar({ gate, label, online, unsent }) {
  const mode = online ? "online" : "offline";
  const n = figure(unsent);
  const state = el("span", {},
    el("span", { class: "line" }, said("ar", mode), "، ", said("ar", "unsent", { n })),
    el("span", { class: "line", dir: "ltr", lang: "fr" }, said("fr", mode), ", ", said("fr", "unsent", { n })));
  return el("div", { class: "top-bar", "data-mode": mode, "data-unsent": String(unsent) },
    el("p", { class: "item" }, sign("i-gate"), el("span", {}, isolated(gate), el("br"), isolated(label))),
    el("p", { class: "item" }, sign(`i-${mode}`), state));
}

/** Change the bar where it stands. @param {Bar} bar */
export function refreshBar(bar) {
  document.querySelector(".top-bar")?.replaceWith(topBar(bar));
}

/**
 * A verdict: a colour, a sign and words, all three.
 * @param {Bar} bar @param {import("./gate.js").Shown} shown
 * @param {{zone: string, limit: number | null, inside: number, room: number | null,
 *   reentry: boolean, offset: number}} known
 * @param {{next: () => void, fewer: () => void, overrule: () => void}} does
 */
export function verdictScreen(bar, shown, known, does) {
  const { verdict } = shown;
  const colour = colourOf(verdict.code);
  const word = colour !== "go" ? colour : verdict.code.endsWith("out") ? "go_out" : "go_in";
  const buttons = el("div", { class: "duo" });
  if (colour === "look" && mayOverrule(verdict.code) && shown.scan.direction === "in") {
    buttons.append(button("refuse", does.next, "btn alt", "next"), button("enter", does.overrule));
  } else {
    const several = colour === "go" && verdict.people > 1 && shown.reading !== null;
    if (several) buttons.append(button("fewer", does.fewer, "btn alt"));
    buttons.append(button("next", does.next));
  }
  const { sequence, decided } = shown.scan;
  const facts = { "data-verdict": verdict.code, "data-decided": decided, "data-sequence": String(sequence) };
  const main = el("main", { class: `gate ${colour}`, ...facts },
    el("div", {}, topBar(bar), el("div", { class: "rim" })),
    el("section", { class: "verdict", role: "alert" },
      el("h1", { class: "off" }, plain(word)),
      sign(`v-${colour}`, "mark"),
      el("p", { class: "word", lang: "ar" }, said("ar", word)),
      el("p", { class: "word", lang: "fr", dir: "ltr" }, said("fr", word)),
      ...lines(shown, known, colour)),
    el("div", {}, el("div", { class: "rim" }), buttons));
  return main;
}

/** @param {import("./gate.js").Shown} shown @param {Parameters<typeof verdictScreen>[2]} known @param {string} colour */
function lines(shown, known, colour) {
  const { verdict } = shown;
  if (colour !== "go") return reasons(shown, known);
  const found = [];
  if (verdict.people > 0) {
    found.push(el("div", { class: "many" }, el("b", { class: "n" }, String(verdict.people)),
      el("span", {}, peopleWord("ar", verdict.people), el("br"), peopleWord("fr", verdict.people))));
  }
  if (verdict.kind === null) {
    found.push(el("p", {}, both("without_ticket")));
  } else {
    const kind = `kind_${KINDS[verdict.kind]}`;
    const when = days(verdict.first ?? 0, verdict.last ?? 0);
    found.push(el("p", {}, said("ar", kind), " · ", when.days_ar),
      el("p", { lang: "fr", dir: "ltr" }, said("fr", kind), ", ", when.days_fr));
  }
  if (verdict.full) {
    const values = { inside: figure(known.inside), limit: figure(known.limit ?? 0) };
    found.push(el("p", { class: "warning" }, both("full", values)));
  }
  return found;
}

/** @param {import("./gate.js").Shown} shown @param {Parameters<typeof verdictScreen>[2]} known */
function reasons({ verdict, layout, told }, known) {
  const at = Date.parse(told?.at ?? "") || (Date.parse(verdict.since ?? "") + known.offset);
  let id = layout ? "layout" : verdict.code;
  /** @type {import("./texts.js").Values} */
  let values = {};
  if (verdict.code === "already_inside" && at) {
    id = told?.gate === undefined ? "already_inside_at" : "already_inside_gate";
    values = { at: clock(at, known.zone), gate: String(told?.gate ?? "") };
  } else if (verdict.code === "wrong_day" && verdict.first !== null && verdict.last !== null) {
    values = days(verdict.first, verdict.last);
  } else if (verdict.code === "too_many_people") {
    values = { rest: Number(told?.left ?? verdict.people) };
  } else if (verdict.code === "too_many_inside") {
    values = { inside: figure(told?.inside ?? known.inside), limit: figure(told?.limit ?? known.limit ?? 0) };
  } else if (verdict.code === "no_seat") {
    values = { room: known.room ?? 0 };
  }
  const also = verdict.code === "already_inside" && known.reentry ? [" ", "no_exit"] : [];
  const line = (language) =>
    el("p", { lang: language, dir: language === "ar" ? "rtl" : "ltr" }, said(language, id, values),
      ...also.map((each) => (each === " " ? each : said(language, each))));
  return [line("ar"), line("fr")];
}

/** How many came: one button a number. @param {Bar} bar @param {number} most @param {"in" | "out"} direction @param {(people: number) => void} chosen @param {() => void} back */
export function peopleScreen(bar, most, direction, chosen, back) {
  const numbers = Array.from({ length: most }, (_, index) => {
    const press = () => chosen(index + 1);
    return el("button", { type: "button", class: "btn alt num", click: press, "data-people": String(index + 1) }, String(index + 1));
  });
  return el("main", { class: "plain", "data-screen": "people" }, topBar(bar),
    el("section", { class: "stack" },
      el("h1", {}, both(direction === "in" ? "how_many" : "how_many_out")),
      el("div", { class: "numbers", dir: "ltr" }, ...numbers)),
    el("div", { class: "duo" }, button("back", back, "btn alt")));
}

/** A question with one field: the pairing code, or the letters of a ticket. @param {{bar: Bar | null, title: string | null, label: string, send: string, most: number, problem: string | null, left?: number, back: (() => void) | null, sent: (text: string) => void}} asked */
export function askScreen({ bar, title, label, send, most, problem, left = 0, back, sent }) {
  const input = /** @type {HTMLInputElement} */ (el("input", {
    class: "in code", id: "letters", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    maxlength: String(most), "aria-describedby": problem === null ? false : "wrong", "aria-invalid": problem === null ? false : "true",
  }));
  const submitted = (event) => {
    event.preventDefault();
    sent(input.value);
  };
  const form = el("form", { class: "stack", submit: submitted },
    ...(title === null ? [] : [el("h1", {}, both(title))]),
    el("label", { for: "letters" }, both(label)), input);
  if (problem !== null) form.append(el("p", { class: "wrong", id: "wrong", role: "alert" }, sign("v-look"), both(problem)));
  if (left > 0) form.append(el("p", { class: "hint" }, both("left", { n: left })));
  const buttons = el("div", { class: "duo" });
  if (back !== null) buttons.append(button("back", back, "btn alt"));
  buttons.append(el("button", { class: "btn", "data-do": send }, both(send)));
  form.append(buttons);
  const main = el("main", { class: "plain", "data-screen": send }, ...(bar === null ? [] : [topBar(bar)]), form);
  queueMicrotask(() => input.focus());
  return main;
}

/** A notice with a way on. @param {{id: string, hint?: string, go?: string, does?: () => void, more?: Node[], colour?: string}} notice */
export function noticeScreen({ id, hint, go, does, more = [], colour = "look" }) {
  const main = el("main", { class: `gate ${colour}`, "data-screen": id },
    el("div", { class: "rim" }),
    el("section", { class: "verdict", role: "alert" }, sign(`v-${colour}`, "mark"),
      el("h1", {}, both(id)), ...(hint === undefined ? [] : [el("p", {}, both(hint))]), ...more),
    el("div", {}, el("div", { class: "rim" }),
      el("div", { class: "duo" }, ...(go !== undefined && does !== undefined ? [button(go, does)] : []))));
  return main;
}

/** Scans that stay on a phone that may send nothing any more. @param {import("./store.js").Scan[]} scans @param {string} zone */
export function scanList(scans, zone) {
  const head = el("tr", {}, ...["time", "verdict"].map((id) => el("th", { scope: "col" }, both(id))), el("th", { scope: "col" }, isolated("n")));
  const rows = scans.slice(-200).map(({ at, verdict, people }) =>
    el("tr", {}, el("td", {}, isolated(clock(Date.parse(at), zone))), el("td", {}, isolated(verdict)), el("td", {}, isolated(people))));
  return el("table", { class: "scans" }, el("caption", {}, both("list")), el("thead", {}, head), el("tbody", {}, ...rows));
}
