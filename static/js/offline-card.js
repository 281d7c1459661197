// Lets the card open without a network: the worker at data-worker keeps a copy of the page at
// data-card and of what it loaded. A copy tells its age in [data-kept-say].
const PARTS = /^\/static\/|\/brand\.css$|\/media\//;

export default function offlineCard(root) {
  const { kept } = document.documentElement.dataset;
  if (kept) {
    tell(new Date(Number(kept)));
    addEventListener("online", () => location.reload());
    return;
  }
  if (!navigator.serviceWorker) return; // only where the address is secure
  const ready = Promise.all([
    new Promise((done) => document.addEventListener("behaviours-attached", done, { once: true })),
    new Promise((done) => { if (document.readyState === "complete") done(); else addEventListener("load", done, { once: true }); }),
  ]);
  keep(root.dataset, ready).catch(() => {}); // then there is no copy, and nothing else is missing
}

async function keep({ worker, card }, ready) {
  await navigator.serviceWorker.register(worker, { scope: card });
  const { active } = await navigator.serviceWorker.ready;
  await ready;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name));
  const parts = loaded.filter((url) => url.origin === location.origin && PARTS.test(url.pathname));
  active.postMessage(parts.map((url) => url.href.replace(url.hash, "")));
}

function tell(when) {
  const say = document.querySelector("[data-kept-say]");
  if (!say) return;
  const today = when.toDateString() === new Date().toDateString();
  const shown = when.toLocaleString(document.documentElement.lang, { dateStyle: today ? undefined : "long", timeStyle: "short" });
  say.querySelector("span").textContent = say.dataset.say.replace("{when}", shown);
  say.hidden = false;
}
