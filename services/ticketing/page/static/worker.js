// Keeps the page for where there is no network.  The server writes the version and the files in.

const VERSION = "{version}";
const FILES = "{files}".split(" ");
const CACHE = `gate-${VERSION}`;
const PAGE = new URL("../gate", self.location.href).href;
const HERE = new URL("./", self.location.href).href;

async function keep() {
  const cache = await caches.open(CACHE);
  const all = [PAGE, ...FILES.map((name) => HERE + name)];
  await Promise.all(
    all.map(async (address) => {
      const answer = await fetch(`${address}?v=${VERSION}`, { cache: "no-cache" });
      // A replica of another version has none of ours: then all of it later.
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      await cache.put(address, answer);
    }),
  );
}

async function forgetOthers() {
  for (const name of await caches.keys()) {
    if (name.startsWith("gate-") && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("message", ({ data }) => {
  // The page says so when nobody stands before it and all is sent.
  if (data === "take over") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const address = origin + pathname;
  if (event.request.method !== "GET" || !(address === PAGE || address.startsWith(HERE))) return;
  event.respondWith(
    caches
      .open(CACHE)
      .then((cache) => cache.match(address))
      .then((kept) => kept ?? fetch(event.request)),
  );
});
