// The sale's amount, typed as on a till: 1 2 5 0 is 12.50. The preview is the server's answer,
// so that what is shown is what will be given, or taken back.
import { show } from "./lib/preview.js";

const LIMIT = 9; // digits

export default function keypad(form) {
  const field = form.querySelector("[data-amount]");
  const keys = form.querySelector("[data-keys]");
  const send = form.querySelector("button[type=submit]");
  const decimals = Number(form.dataset.decimals ?? 2);
  const point = form.dataset.point || ".";
  let minor = atFirst();
  let whole = "replace" in form.dataset; // the amount stands there already: the first digit replaces it
  let asking = null;
  let timer = null;

  // The field stays the form's own; it only stops opening the tablet's keyboard over our keys.
  field.readOnly = true;
  field.inputMode = "none";
  field.placeholder = shown("");
  keys.hidden = false;

  function shown(digits) {
    if (!decimals) return digits || "0";
    const padded = digits.padStart(decimals + 1, "0");
    return padded.slice(0, -decimals) + point + padded.slice(-decimals);
  }

  // Digits typed while this script was on its way were meant for the keypad: 1250 is 12.50.
  function atFirst() {
    const typed = field.value.trim();
    return typed !== field.defaultValue && /^\d+$/.test(typed) ? typed.replace(/^0+/, "").slice(0, LIMIT) : toMinor(typed);
  }

  // What cannot be an amount is kept as it was typed until the first key.
  function toMinor(text) {
    const [, units, part = ""] = text.trim().match(/^(\d+)(?:[.,](\d+))?$/) || [null, "", ""];
    if (!units || part.length > decimals) return "";
    return (units + part.padEnd(decimals, "0")).replace(/^0+/, "");
  }

  function draw() {
    field.value = minor ? shown(minor) : "";
    fit();
    clearTimeout(timer);
    asking?.abort();
    if (minor) timer = setTimeout(ask, 90);
    else show(form, {});
  }

  function fit() {
    field.parentElement.dataset.long = field.value.length > 9 ? "very" : field.value.length > 6 ? "yes" : "no";
  }

  async function ask() {
    if (!form.dataset.previewUrl) return;
    asking = new AbortController();
    const url = new URL(form.dataset.previewUrl, location.href);
    url.searchParams.set("amount", field.value);
    const category = form.querySelector("[name=category]:checked");
    if (category?.value) url.searchParams.set("category", category.value);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: asking.signal });
      show(form, answer.ok ? await answer.json() : {});
    } catch {
      // Offline or overtaken by the next digit: the button still says what it does.
    }
  }

  function press(key) {
    const before = whole && key !== "back" ? "" : minor;
    whole = false;
    if (key === "back") minor = before.slice(0, -1);
    else if (key === "clear") minor = "";
    else if ((before + key).length <= LIMIT) minor = (before + key).replace(/^0+/, "");
    draw();
  }

  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (key) press(key.dataset.key);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== field && event.target.closest?.("input:not([type=radio]), textarea, select")) return;
    if (/^[0-9]$/.test(event.key)) press(event.key);
    else if (event.key === "Backspace") press("back");
    else if (event.key === "Enter" && minor && !event.target.closest?.("button, a")) form.requestSubmit(send);
    else return;
    event.preventDefault();
  });
  form.addEventListener("change", (event) => { if (event.target.name === "category" && minor) ask(); });
  form.addEventListener("submit", (event) => {
    // An empty amount goes along: the answer says what is missing.
    if (send?.getAttribute("aria-disabled") === "true") event.preventDefault();
  }, { capture: true });
  if (!whole && (minor || /^0+$/.test(field.value))) draw();
  else fit();
}
