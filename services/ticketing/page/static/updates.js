// The service worker, and a new version of the page: taken up when nobody stands before the phone
// and all is sent, never in the middle of a rush.

const LOOK_MS = 10 * 60_000;
const TRY_MS = 5000;

/** @param {() => boolean} idle whether the page may be loaded anew now */
export async function keepUpToDate(idle) {
  if (!("serviceWorker" in navigator)) return;
  const address = new URL("worker.js", import.meta.url);
  const scope = new URL("../gate", import.meta.url);
  const controlled = navigator.serviceWorker.controller !== null;
  const registration = await navigator.serviceWorker.register(address, { scope: scope.pathname });
  let took = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // The first worker only takes charge of what is there already.
    if (controlled && !took) location.reload();
    took = true;
  });
  setInterval(() => registration.update().catch(() => undefined), LOOK_MS);
  setInterval(() => {
    if (registration.waiting !== null && idle()) registration.waiting.postMessage("take over");
  }, TRY_MS);
}

/** Keep the screen on while the page is shown. */
export function stayAwake() {
  const ask = () => {
    if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => undefined);
  };
  ask();
  document.addEventListener("visibilitychange", ask);
}

/** Whether this is the one page of the phone; a second would decide without what the first let in. */
export async function onlyPage() {
  if (navigator.locks === undefined) return true;
  return new Promise((resolve) => {
    navigator.locks.request("maarid-gate", { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // Held until the page is closed.
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
}
