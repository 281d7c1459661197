// The ready screen: whatever is scanned or typed lands in the card field.
// A keyboard-wedge scanner types the card and sends Enter, which submits like any form.
import { cameraIsPossible, readCode } from "./lib/camera.js";

const TYPING = "input, textarea, select, [contenteditable], dialog[open] *";

export default function scan(form) {
  const field = form.querySelector("input[name=card]");
  const elsewhere = () => document.activeElement !== field && document.activeElement?.matches(TYPING);
  const ready = () => { if (!document.querySelector("dialog[open]") && document.activeElement === document.body) field.focus({ preventScroll: true }); };

  // Characters reach the field even when a button or nothing has the focus; Tab, Enter and Space stay the button's.
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey || elsewhere()) return;
    if (document.activeElement !== field) takeOver();
  }, { capture: true });
  document.addEventListener("click", () => setTimeout(ready));
  document.addEventListener("visibilitychange", ready);
  window.addEventListener("pageshow", (event) => { if (event.persisted) field.select(); ready(); });
  takeOver();

  // The next customer's card was scanned while the last verdict was still on the screen.
  const early = takeEarlyScan();
  if (early) submit(early);

  // What found nothing stays to be read and corrected, but the next scan replaces it. A scan
  // that began before this script did is left alone.
  function takeOver() {
    field.focus({ preventScroll: true });
    if (field.value === field.defaultValue) field.select();
  }

  function submit(text) {
    field.value = text;
    form.requestSubmit();
  }
  camera(form, submit);
}

function takeEarlyScan() {
  try {
    const text = sessionStorage.getItem("regulars.scan");
    sessionStorage.removeItem("regulars.scan");
    return text;
  } catch {
    return null;
  }
}

function camera(form, submit) {
  const button = form.querySelector("[data-scan-camera]");
  const view = form.querySelector("[data-scan-view]");
  const decodeUrl = form.dataset.decodeUrl;
  if (!button || !view?.showModal || !cameraIsPossible(decodeUrl)) return;
  let looking = null;
  button.hidden = false;
  view.querySelector("[data-scan-close]").addEventListener("click", () => view.close());
  view.addEventListener("close", () => looking?.abort());

  button.addEventListener("click", async () => {
    looking = new AbortController();
    view.showModal();
    try {
      const text = await readCode(view.querySelector("video"), { decodeUrl, signal: looking.signal });
      view.close();
      if (text) submit(text);
    } catch {
      // No camera, or not allowed: the field is still there, and so is a scanner.
      view.close();
      button.hidden = true;
      form.querySelector("input[name=card]").focus();
    }
  });
}
