// The code alone on a white screen that stays awake. Without this script the link opens the picture.
export default function brighten(link) {
  const picture = link.querySelector("img");
  if (!picture || !window.HTMLDialogElement) return;
  let awake = null;
  link.setAttribute("role", "button");
  link.setAttribute("aria-haspopup", "dialog");

  const view = document.createElement("dialog");
  view.className = "bright";
  view.setAttribute("aria-label", link.dataset.title || picture.alt);
  const large = new Image();
  const same = () => { large.src = picture.src; };
  same();
  picture.addEventListener("load", same); // a code that rotates does so here too
  large.alt = picture.alt;
  large.width = 600;
  large.height = 600;
  const close = Object.assign(document.createElement("button"), { className: "btn", type: "button", textContent: link.dataset.close || "×" });
  view.append(large);
  view.append(close);
  document.body.append(view);

  const stayAwake = async () => {
    try { awake = await navigator.wakeLock?.request("screen"); } catch { awake = null; }
  };
  function open(event) {
    event.preventDefault();
    view.showModal(); // Escape closes it and the focus goes back to the link, by the browser
    stayAwake();
  }
  link.addEventListener("click", open);
  link.addEventListener("keydown", (event) => { if (event.key === " ") open(event); });
  view.addEventListener("click", (event) => { if (event.target !== large) view.close(); });
  view.addEventListener("close", () => { awake?.release().catch(() => {}); awake = null; });
  document.addEventListener("visibilitychange", () => { if (view.open && !document.hidden) stayAwake(); });
}
