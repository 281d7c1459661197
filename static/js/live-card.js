// Keeps an open card current. data-url answers, with an ETag:
// {"text": {"points": "143", …}, "stamps": {"balance": 8, "target": 10}, "shape": "…", "announce": "…"}.
// Text goes where data-live names it; another shape (a new reward, line or programme) reloads the page.
const FIRST = 5_000;
const LAST = 60_000;

export default function liveCard(root) {
  let wait = FIRST;
  let etag = null;
  let timer = null;
  let shape = root.dataset.shape || null;

  function show(state) {
    for (const [name, text] of Object.entries(state.text || {})) {
      for (const element of document.querySelectorAll(`[data-live="${CSS.escape(name)}"]`)) {
        if (element.textContent !== String(text)) element.textContent = text;
      }
    }
    if (state.stamps) stamp(state.stamps);
    const say = document.querySelector("[data-live-say]");
    if (say && state.announce && say.textContent !== state.announce) say.textContent = state.announce;
  }

  function stamp({ balance, target }) {
    for (const block of document.querySelectorAll("[data-live-stamps]")) {
      if (Number(block.dataset.target) !== target || balance > target) return location.reload();
      if (Number(block.dataset.balance) === balance) continue;
      const fresh = balance > Number(block.dataset.balance);
      block.dataset.balance = balance;
      block.querySelectorAll(".stamp").forEach((place, index) => {
        place.classList.toggle("stamp--fresh", fresh && index === balance - 1);
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
      if (answer.status === 404 || answer.status === 410 || answer.status === 403) return;
      if (answer.status === 200) {
        const changed = etag !== null;
        etag = answer.headers.get("ETag") || "";
        const state = await answer.json();
        if (shape && state.shape && state.shape !== shape) return location.reload();
        shape = state.shape || shape;
        show(state);
        wait = changed ? FIRST : wait * 1.5;
      } else wait *= 1.5;
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
