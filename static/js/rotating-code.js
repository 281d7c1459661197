// Draws the card's code anew each half minute, by the server's clock: on the phone where it can
// count (RFC 6238, SHA-1), which needs no network; else the server does. data-name and data-key
// are the card's own, data-now is the server's moment in milliseconds.
import { picture as drawn } from "./lib/qr.js";

const STEP = 30_000;
const DIGITS = 8;

export default async function rotatingCode(link) {
  const picture = link.querySelector("img");
  const ends = link.querySelector("[data-code-ends]");
  const ahead = serverIsAhead(Number(link.dataset.now));
  const key = await keyOf(link.dataset.key);
  let timer;

  async function show() {
    clearTimeout(timer);
    const now = Date.now() + ahead;
    const step = Math.floor(now / STEP);
    const left = (step + 1) * STEP - now;
    timer = setTimeout(show, left + 30);
    picture.src = key ? drawn(link.dataset.name + await digits(key, step)) : `${link.href}?${step}`;
    if (ends && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      ends.getAnimations().forEach((before) => before.cancel());
      ends.animate([{ scale: `${left / STEP} 1` }, { scale: "0 1" }], left);
    }
  }

  // Nobody can be asked and nothing counted: what is left is the number, to be typed.
  picture.addEventListener("error", () => {
    const number = document.querySelector("[data-number]");
    if (number) number.open = true;
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) show(); });
  addEventListener("pageshow", (event) => { if (event.persisted) show(); });
  show();
}

// How far the server's clock is ahead of this one. A copy of the page was made at another time:
// it goes by what was found when there was a network.
function serverIsAhead(then) {
  const kept = "regulars.ahead";
  try {
    if (document.documentElement.dataset.kept) return Number(localStorage.getItem(kept)) || 0;
    const [opened] = performance.getEntriesByType("navigation");
    const since = Math.max(0, performance.now() - opened.responseStart);
    const ahead = Math.round(then + since - Date.now());
    localStorage.setItem(kept, ahead);
    return ahead;
  } catch {
    return 0;
  }
}

async function keyOf(text) {
  if (!crypto.subtle) return null; // only where the address is secure
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
}

async function digits(key, step) {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter));
  const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}
