// The words on the screen, Arabic first and French after; one file a language.

/** @typedef {Record<string, string | number>} Values */

const LANGUAGES = ["ar", "fr"];
const LOCALES = { ar: "ar-MA-u-nu-latn", fr: "fr-MA-u-nu-latn" };
/** @type {Record<string, Record<string, string>>} */
const messages = {};

/** Read the messages; they are among what the service worker keeps. */
export async function loadTexts() {
  for (const language of LANGUAGES) {
    messages[language] = await (await fetch(new URL(`${language}.json`, import.meta.url))).json();
  }
}

/** @param {string} tag @param {Record<string, string | boolean | ((event: Event) => void)>} attributes @param {...(Node | string)} children */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A number or a code amid Arabic: left to right, not broken. @param {string | number} value */
export function isolated(value) {
  return el("bdi", { dir: "ltr", class: "n" }, String(value));
}

/** One language's text as nodes; `<b>` and names in braces are all that it may hold. @param {string} language @param {string} id @param {Values} values */
function nodesOf(language, id, values) {
  const pieces = (messages[language][id] ?? id).split(/(<b>.*?<\/b>)/);
  const filled = (text) =>
    text.split(/(\{\w+\})/).map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) return part;
      const value = values[`${name}_${language}`] ?? values[name];
      return typeof value === "number" || /^[\d:]/.test(value) ? isolated(value) : String(value);
    });
  return pieces.flatMap((piece) => {
    const bold = /^<b>(.*)<\/b>$/.exec(piece);
    return bold === null ? filled(piece) : [el("b", {}, ...filled(bold[1]))];
  });
}

/** A text in one element of its own. @param {string} language @param {string} id @param {Values} [values] */
export function said(language, id, values = {}) {
  const direction = language === "ar" ? "rtl" : "ltr";
  return el("span", { lang: language, dir: direction }, ...nodesOf(language, id, values));
}

/** Arabic, and French on the next line. @param {string} id @param {Values} [values] */
export function both(id, values = {}) {
  return el("span", { class: "both" }, said("ar", id, values), said("fr", id, values));
}

/** A text of both languages without marks, for labels. @param {string} id */
export function plain(id) {
  return LANGUAGES.map((language) => messages[language][id].replace(/<\/?b>/g, "")).join(" · ");
}

/** The message for a number of people, by the language's rules. @param {string} language @param {number} people */
export function peopleWord(language, people) {
  return said(language, `people_${new Intl.PluralRules(language).select(people)}`);
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** A format, made once: making one takes longer than all the rest of a verdict. @param {string} locale @param {Intl.DateTimeFormatOptions} parts */
function format(locale, parts) {
  const key = locale + JSON.stringify(parts);
  const made = formats.get(key) ?? new Intl.DateTimeFormat(locale, parts);
  formats.set(key, made);
  return made;
}

/** @param {number} moment @param {string} zone */
export function clock(moment, zone) {
  return format("fr", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(moment);
}

/** A day or a range of days, in both languages. @param {number} first @param {number} last days since 2020-01-01 */
export function days(first, last) {
  const moments = [first, last].map((number) => Date.UTC(2020, 0, 1 + number));
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { day: "numeric", month: "long", timeZone: "UTC" };
  if (first === last) parts.weekday = "long";
  const written = (language, moment) =>
    format(LOCALES[language], parts).format(moment).replace("،", "");
  const range = (language, from, to) =>
    first === last
      ? written(language, moments[0])
      : `${from} ${written(language, moments[0])} ${to} ${written(language, moments[1])}`;
  return { days_ar: range("ar", "من", "إلى"), days_fr: range("fr", "du", "au") };
}

/** A count with a thin space in its thousands. @param {number} count */
export function figure(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
