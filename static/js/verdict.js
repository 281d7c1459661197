// The verdict: two tones, a visible count, and back to ready. Any key or tap goes on at once,
// and a card scanned meanwhile is kept for the ready screen.
import { play } from "./lib/tones.js";

export default function verdict(root) {
  const next = root.querySelector("[data-verdict-next]");
  const count = root.querySelector("[data-verdict-count]");
  const arc = root.querySelector("[data-verdict-arc]");
  const seconds = Number(root.dataset.returnSeconds) || 0;
  let deadline = performance.now() + seconds * 1000;
  let held = seconds === 0;
  let gone = false;

  play(root.dataset.tone);

  function go() {
    if (gone) return;
    gone = true;
    location.assign(next.href);
  }

  function tick() {
    if (held || gone) return;
    const left = Math.max(0, deadline - performance.now());
    if (count) count.textContent = (count.dataset.say || "{n}").replace("{n}", Math.ceil(left / 1000));
    if (arc) arc.setAttribute("stroke-dasharray", `${Math.round(left / seconds)} 1000`);
    if (left === 0) return go();
    setTimeout(tick, 100);
  }
  tick();

  // Whoever reaches for Undo is given the time: the count stops.
  function hold() {
    held = true;
    if (count) count.textContent = "";
    if (arc) arc.setAttribute("stroke-dasharray", "0 1000");
  }
  root.addEventListener("focusin", (event) => { if (event.target !== next && event.target.matches("a, button")) hold(); });

  root.addEventListener("click", (event) => {
    if (event.target.closest("a, button, summary, input")) return;
    if (String(getSelection()) === "") go();
  });

  let scanned = "";
  let settle = null;
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target !== next && event.target.closest?.("button, a, input");
    // A key still held down from the last screen is not an answer to this one.
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || elsewhere) return;
    if (event.key === "Enter" && scanned.length > 3) {
      event.preventDefault();
      clearTimeout(settle);
      try { sessionStorage.setItem("regulars.scan", scanned); } catch { /* then it is scanned again */ }
      return go();
    }
    if (["Tab", "Shift", "CapsLock", "AltGraph", "PageUp", "PageDown", "ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    if (event.key.length === 1) scanned += event.key;
    // A scanner's next character follows within milliseconds, a person's does not.
    clearTimeout(settle);
    settle = setTimeout(go, 120);
  });
}
