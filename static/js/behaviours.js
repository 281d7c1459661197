// Attaches js/<name>.js to every element that asks for it: data-behaviour="scan confirm-once".
// Pages work without any of them; a behaviour that fails to load takes nothing else along.
const KNOWN = new Set([
  "await", "branding-preview", "brighten", "clock", "confirm-once", "copy", "countdown", "idle-lock",
  "keypad", "live-card", "mute", "next-scan", "offline-card", "pin", "print", "programme-preview",
  "quantity", "rotating-code", "scan", "verdict",
]);

// The modules carry the version of this one, so that a release never mixes old with new.
const version = new URL(import.meta.url).search;

async function attach(element, name) {
  if (!KNOWN.has(name)) return;
  const module = await import(new URL(`./${name}.js${version}`, import.meta.url));
  module.default(element);
}

const attached = [];
for (const element of document.querySelectorAll("[data-behaviour]")) {
  for (const name of element.dataset.behaviour.trim().split(/\s+/)) {
    attached.push(attach(element, name).catch((problem) => console.error(name, problem)));
  }
}
Promise.all(attached).then(() => document.dispatchEvent(new Event("behaviours-attached")));
