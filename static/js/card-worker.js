// Keeps one card for a phone without a network: the page as anybody with its link gets it, and
// what it loads. No other page, nothing of a session. Each card registers a worker for itself.
const CARD = new URL(self.registration.scope).pathname;
const CACHE = `card ${CARD}`;
const PARTS = /^\/static\/|\/brand\.css$|\/media\//;
const NAMED_BY_CONTENT = /[?]v=|\/media\//;
const PATIENCE = 4_000; // a network that answers no sooner is none at the counter

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(keep(event.data)));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate" && pathname === CARD) event.respondWith(card(event.request));
  else if (PARTS.test(pathname)) event.respondWith(part(event.request));
});

async function keep(parts) {
  const answer = await fetch(CARD, { credentials: "omit", cache: "no-store" });
  if (isOver(answer)) return forget();
  if (!answer.ok) return;
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  const page = (await answer.text()).replace("<html ", `<html data-kept="${Date.now()}" `);
  const cache = await caches.open(CACHE);
  await cache.put(CARD, new Response(page, { headers }));
  for (const { url } of await cache.keys()) {
    if (new URL(url).pathname !== CARD && !parts.includes(url)) await cache.delete(url);
  }
  await Promise.all(parts.map((url) => cache.add(new Request(url, { credentials: "omit" }))));
}

async function forget() {
  await caches.delete(CACHE);
  await self.registration.unregister();
}

// The link leads nowhere any more, or to the page of a card that was closed.
function isOver({ ok, status, headers }) {
  return status === 404 || status === 410 || (ok && headers.get("Offline-Copy") !== "allowed");
}

async function card(request) {
  const copy = await kept(CARD);
  try {
    const late = new Promise((_, giveUp) => { if (copy) setTimeout(giveUp, PATIENCE); });
    const answer = await Promise.race([fetch(request), late]);
    if (isOver(answer)) await forget();
    return answer.status >= 500 && copy || answer;
  } catch {
    return copy || Response.error();
  }
}

async function part(request) {
  const copy = await kept(request.url);
  if (copy && NAMED_BY_CONTENT.test(request.url)) return copy;
  return fetch(request).catch(() => copy || Response.error());
}

// Asking for a cache makes it, and a card that is forgotten should leave none.
async function kept(url) {
  if (await caches.has(CACHE)) return (await caches.open(CACHE)).match(url, { ignoreVary: true });
}
