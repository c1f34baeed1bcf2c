// Reads codes from the camera, with the browser's own detector or, without one, with ours.

const PICTURES_MS = 80;
/** While a verdict stands, the phone has better things to do. */
const SELDOM_MS = 400;
/** As wide as a code at arm's length needs it. */
const WIDTH = 800;
/** How long a code must be out of sight to count as shown again. */
const GONE_MS = 2500;
const WISH = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };

/** @returns {Promise<(video: HTMLVideoElement) => Promise<string | null>>} */
async function detector() {
  const Own = /** @type {any} */ (globalThis).BarcodeDetector;
  if (Own !== undefined && (await Own.getSupportedFormats()).includes("qr_code")) {
    const own = new Own({ formats: ["qr_code"] });
    return async (video) => (await own.detect(video))[0]?.rawValue ?? null;
  }
  const worker = new Worker(new URL("reader.js", import.meta.url));
  return async (video) => {
    const width = Math.min(WIDTH, video.videoWidth);
    const picture = await createImageBitmap(video, { resizeWidth: width, resizeQuality: "low" });
    const answer = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = () => reject(new Error("the reader of codes does not start"));
    });
    worker.postMessage(picture, [picture]);
    return answer;
  };
}

export class Camera {
  /**
   * @param {(text: string) => boolean} seen called for each time that a code is shown, until it says
   * that it takes it
   * @param {() => boolean} wanted whether it would take one now
   */
  constructor(seen, wanted) {
    this.seen = seen;
    this.wanted = wanted;
    this.video = document.createElement("video");
    this.video.playsInline = true;
    this.video.muted = true;
    this.video.setAttribute("aria-hidden", "true");
    this.running = false;
    this.last = { text: "", at: -Infinity };
  }

  /** Begin.  False where there is no camera, or none for us. */
  async start() {
    try {
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: WISH });
      await this.video.play();
    } catch {
      return false;
    }
    const detect = await detector();
    this.running = true;
    this.run(detect);
    // A phone that was put away may come back without its camera.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.video.play().catch(() => undefined);
    });
    return true;
  }

  /** @param {(video: HTMLVideoElement) => Promise<string | null>} detect */
  async run(detect) {
    while (this.running) {
      if (!document.hidden && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        const text = await detect(this.video).catch(() => null);
        if (text !== null && text !== "") this.found(text);
      }
      const pause = this.wanted() ? PICTURES_MS : SELDOM_MS;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** @param {string} text */
  found(text) {
    const now = performance.now();
    const again = text === this.last.text && now - this.last.at < GONE_MS;
    if (again || this.seen(text)) this.last = { text, at: now };
  }
}
