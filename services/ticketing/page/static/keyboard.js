// Scanners that type: a burst of keys, ended by Enter.
// They press keys by their place on an American keyboard.  A phone set to French or Arabic makes
// other letters of the same keys, so a burst is read twice: as letters, and as places.

const BETWEEN_MS = 500;
const LEAST = 8;
const BASE45 = /^[0-9A-Z $%*+\-./:]*$/;

const PLAIN = { Space: " ", Minus: "-", Period: ".", Slash: "/", Semicolon: ";", Equal: "=" };
const SHIFTED = { Digit4: "$", Digit5: "%", Digit8: "*", Equal: "+", Semicolon: ":" };
const PAD = { NumpadAdd: "+", NumpadSubtract: "-", NumpadMultiply: "*", NumpadDivide: "/", NumpadDecimal: "." };

/** The letter at a place of an American keyboard. @param {string} place @param {boolean} shift */
export function american(place, shift) {
  const key = /^Key([A-Z])$/.exec(place)?.[1];
  if (key !== undefined) return key;
  if (shift && place in SHIFTED) return SHIFTED[place];
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(place)?.[1];
  return (shift ? undefined : digit) ?? PAD[place] ?? PLAIN[place] ?? "";
}

/**
 * What a burst may mean, the likelier first.
 * @param {{key: string, place: string, shift: boolean}[]} keys
 * @returns {{texts: string[], layout: boolean}}  `layout`: the keyboard made letters of its own
 */
export function readings(keys) {
  const typed = keys.map(({ key }) => key).join("");
  const places = keys.map(({ place, shift }) => american(place, shift)).join("");
  const upper = typed.toUpperCase();
  const layout = places.length === keys.length && places !== upper;
  const texts = [upper, ...(layout ? [places] : [])];
  return { texts: BASE45.test(upper) ? texts : texts.reverse(), layout: !BASE45.test(upper) };
}

/** @param {(burst: ReturnType<typeof readings>) => void} scanned */
export function listen(scanned) {
  /** @type {{key: string, place: string, shift: boolean}[]} */
  let keys = [];
  let last = -Infinity;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
      if (event.timeStamp - last > BETWEEN_MS) keys = [];
      last = event.timeStamp;
      if (event.key === "Enter") {
        const burst = keys;
        keys = [];
        if (burst.length < LEAST) return;
        event.preventDefault(); // Or it would press the button that has the focus.
        event.stopPropagation();
        scanned(readings(burst));
      } else if (event.key.length === 1 || event.key === "Dead") {
        const key = event.key === "Dead" ? "^" : event.key;
        keys.push({ key, place: event.code, shift: event.shiftKey });
        // A space would press the button that has the focus, a slash would search.
        if (keys.length > 1) event.preventDefault();
      }
    },
    { capture: true },
  );
}
