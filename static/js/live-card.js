// Keeps an open card current. data-url answers, with an ETag:
// {"text": {"points": "143", …}, "stamps": {"balance": 8, "target": 10}, "shape": "…", "announce": "…"}.
// Another shape: the figures that data-live names change at once, then the page is loaded anew.
const FIRST = 5_000;
const LAST = 60_000;
const SEEN = 1_800;

export default function liveCard(root) {
  let wait = FIRST;
  let etag = null;
  let timer = null;

  function show(state) {
    for (const [name, text] of Object.entries(state.text || {})) {
      for (const element of document.querySelectorAll(`[data-live="${CSS.escape(name)}"]`)) {
        if (element.textContent !== String(text)) element.textContent = text;
      }
    }
    if (state.stamps) stamp(state.stamps);
  }

  function announce(words) {
    const say = document.querySelector("[data-live-say]");
    if (say && words) say.textContent = words;
  }

  function stamp({ balance, target }) {
    for (const block of document.querySelectorAll("[data-live-stamps]")) {
      const before = Number(block.dataset.balance);
      // Past the target the row begins anew: the page that is loaded next draws it.
      if (before === balance || balance > target || Number(block.dataset.target) !== target) continue;
      block.dataset.balance = balance;
      block.querySelectorAll(".stamp").forEach((place, index) => {
        place.classList.toggle("stamp--fresh", index >= before && index < balance);
        place.classList.toggle("stamp--in", index < balance);
        place.classList.toggle("stamp--next", index === balance);
      });
      block.querySelector("[data-gauge]")?.setAttribute("stroke-dasharray", `${balance} ${target}`);
      const figure = block.querySelector("[data-gauge-figure]");
      if (figure) figure.textContent = balance;
    }
  }

  async function poll() {
    timer = null;
    if (document.hidden) return;
    try {
      const headers = { Accept: "application/json" };
      if (etag) headers["If-None-Match"] = etag;
      const answer = await fetch(root.dataset.url, { headers, cache: "no-store" });
      if (answer.status === 404 || answer.status === 410) return location.reload();
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") || "";
        const state = await answer.json();
        if (state.shape !== root.dataset.shape) {
          show(state);
          announce(state.announce);
          timer = setTimeout(() => location.reload(), SEEN); // the rest of the page follows
          return;
        }
        document.querySelector("[data-kept-say]")?.setAttribute("hidden", ""); // the copy is current
      }
      wait *= 1.5;
    } catch {
      wait *= 2; // offline: the card on the screen is still the card
    }
    wait = Math.min(wait, LAST);
    timer = setTimeout(poll, wait);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || timer) return;
    wait = FIRST;
    poll();
  });
  timer = setTimeout(poll, wait);
}
