// The sale's amount, typed as on a till: 1 2 5 0 is 12.50. The preview is the server's answer,
// so that what is shown is what will be given.
export default function keypad(form) {
  const field = form.querySelector("[data-amount]");
  const keys = form.querySelector("[data-keys]");
  const gives = form.querySelector("[data-gives]");
  const why = form.querySelector("[data-why]");
  const send = form.querySelector("button[type=submit]");
  const sendLabel = send?.querySelector("span") || send;
  const plainLabel = sendLabel?.textContent;
  const decimals = Number(form.dataset.decimals ?? 2);
  const point = form.dataset.point || ".";
  const LIMIT = 9;
  let minor = "";
  let asking = null;
  let timer = null;

  // The field stays the form's own; it only stops opening the tablet's keyboard over our keys.
  field.readOnly = true;
  field.inputMode = "none";
  field.placeholder = shown("");
  keys.hidden = false;
  minor = toMinor(field.value);

  function shown(digits) {
    if (!decimals) return digits || "0";
    const padded = digits.padStart(decimals + 1, "0");
    return padded.slice(0, -decimals) + point + padded.slice(-decimals);
  }

  function toMinor(text) {
    if (!text.trim()) return "";
    const [whole, part = ""] = text.trim().split(/[.,]/);
    return (whole + part.slice(0, decimals).padEnd(decimals, "0")).replace(/\D/g, "").replace(/^0+/, "");
  }

  function draw() {
    field.value = minor ? shown(minor) : "";
    clearTimeout(timer);
    asking?.abort();
    if (!minor) return say({});
    timer = setTimeout(ask, 90);
  }

  function say(answer) {
    if (gives) gives.textContent = answer.gives || "";
    if (why) why.textContent = answer.why || "";
    if (sendLabel) sendLabel.textContent = answer.button || plainLabel;
    if (send) send.setAttribute("aria-disabled", String(answer.ok === false));
  }

  async function ask() {
    if (!form.dataset.previewUrl) return;
    asking = new AbortController();
    const url = new URL(form.dataset.previewUrl, location.href);
    url.searchParams.set("amount", field.value);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: asking.signal });
      if (answer.ok) say(await answer.json());
      else say({});
    } catch {
      // Offline or overtaken by the next digit: the button still says what it does.
    }
  }

  function press(key) {
    if (key === "back") minor = minor.slice(0, -1);
    else if (key === "clear") minor = "";
    else if ((minor + key).length <= LIMIT) minor = (minor + key).replace(/^0+/, "");
    draw();
  }

  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (key) press(key.dataset.key);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== field && event.target.closest?.("input, textarea, select")) return;
    if (/^[0-9]$/.test(event.key)) press(event.key);
    else if (event.key === "Backspace") press("back");
    else if (event.key === "Enter" && minor && !event.target.closest?.("button, a")) form.requestSubmit(send);
    else return;
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (!minor || send?.getAttribute("aria-disabled") === "true") event.preventDefault();
  }, { capture: true });
  draw();
}
