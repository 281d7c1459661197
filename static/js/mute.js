// Sound on or off on this device; verdict.js asks the same key.
const KEY = "regulars.mute";

export default function mute(button) {
  const on = button.querySelector("[data-mute-on]");
  const off = button.querySelector("[data-mute-off]");

  function show() {
    const muted = localStorage.getItem(KEY) === "1";
    button.setAttribute("aria-pressed", String(muted));
    if (on) on.hidden = muted;
    if (off) off.hidden = !muted;
  }
  try {
    show();
  } catch {
    return; // storage is closed to us: there is nothing to switch
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, localStorage.getItem(KEY) === "1" ? "0" : "1");
    show();
  });
}
