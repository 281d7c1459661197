// Runs a figure and its arc down to nought, then offers what was refused.
// data-seconds left of data-total; [data-countdown-text], [data-countdown-arc], [data-countdown-say];
// anywhere on the page: [data-countdown-retry] (hidden until nought), [data-countdown-wait] (until then).
export default function countdown(root) {
  const deadline = performance.now() + Number(root.dataset.seconds) * 1000;
  const total = Number(root.dataset.total) || Number(root.dataset.seconds) || 1;
  const text = root.querySelector("[data-countdown-text]");
  const arc = root.querySelector("[data-countdown-arc]");
  const say = root.querySelector("[data-countdown-say]");
  let shown = null;

  // Every minute of the last five, then at thirty and ten seconds: no more chatter than that.
  function announce(left) {
    if (!say) return;
    if (left === 0) say.textContent = say.dataset.done || "";
    else if (left === 30 || left === 10) say.textContent = (root.dataset.saySeconds || "").replace("{n}", left);
    else if (left % 60 === 0 && left <= 300) say.textContent = (root.dataset.sayMinutes || "").replace("{n}", left / 60);
  }

  function figure(left) {
    const seconds = String(left % 60).padStart(2, "0");
    const minutes = Math.floor(left / 60);
    if (minutes < 60) return `${minutes}:${seconds}`;
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
  }

  function finish() {
    for (const element of document.querySelectorAll("[data-countdown-retry]")) element.hidden = false;
    for (const element of document.querySelectorAll("[data-countdown-wait]")) element.hidden = true;
    root.dispatchEvent(new CustomEvent("countdown-done", { bubbles: true }));
  }

  function tick() {
    const remaining = Math.max(0, deadline - performance.now()) / 1000;
    const left = Math.ceil(remaining);
    if (left !== shown) {
      if (text) text.textContent = figure(left);
      if (arc) arc.setAttribute("stroke-dasharray", `${Math.round((1000 * remaining) / total)} 1000`);
      if (shown !== null) announce(left);
      shown = left;
    }
    if (left === 0) return finish();
    // Wakes just after the next whole second, however late this one was.
    setTimeout(tick, (remaining - (left - 1)) * 1000 + 15);
  }
  tick();
}
