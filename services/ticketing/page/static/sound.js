// A tune for each colour, so that a steward need not look; and a buzz where the phone can.

/** @typedef {[frequency: number, begins: number, lasts: number]} Note */
/** @type {Record<import("./decide.js").Colour, {type: OscillatorType, notes: Note[], buzz: number[]}>} */
const TUNES = {
  go: { type: "sine", notes: [[880, 0, 0.09], [1320, 0.1, 0.14]], buzz: [40] },
  look: { type: "triangle", notes: [[620, 0, 0.12], [620, 0.2, 0.12], [620, 0.4, 0.12]], buzz: [90, 60, 90] },
  no: { type: "square", notes: [[180, 0, 0.55]], buzz: [350] },
};

/** @type {AudioContext | null} */
let context = null;

/** To be called while a finger is on the screen: browsers play nothing before. */
export function allowSound() {
  context ??= new AudioContext();
  context.resume().catch(() => undefined);
}

/** @param {import("./decide.js").Colour} colour */
export function play(colour) {
  const { type, notes, buzz } = TUNES[colour];
  navigator.vibrate?.(buzz);
  if (context === null || context.state !== "running") return;
  for (const [frequency, begins, lasts] of notes) {
    const [tone, loudness] = [context.createOscillator(), context.createGain()];
    const at = context.currentTime + begins;
    tone.type = type;
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.25, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + lasts);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + lasts);
  }
}
