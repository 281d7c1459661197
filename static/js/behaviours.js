// Attaches js/<name>.js to every element that asks for it: data-behaviour="scan confirm-once".
// Pages work without any of them; a behaviour that fails to load takes nothing else along.
const KNOWN = new Set([
  "await", "branding-preview", "brighten", "clock", "confirm-once", "copy", "countdown", "idle-lock", "keypad",
  "live-card", "mute", "next-scan", "pin", "print", "programme-preview", "quantity", "scan", "verdict",
]);

// The modules carry the version of this one, so that a release never mixes old with new.
const version = new URL(import.meta.url).search;

async function attach(element, name) {
  if (!KNOWN.has(name)) return;
  const module = await import(new URL(`./${name}.js${version}`, import.meta.url));
  module.default(element);
}

for (const element of document.querySelectorAll("[data-behaviour]")) {
  for (const name of element.dataset.behaviour.trim().split(/\s+/)) {
    attach(element, name).catch((problem) => console.error(name, problem));
  }
}
