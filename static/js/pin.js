// Names and PIN: tiles are radios, the keys fill dots. The digits live in this closure only;
// they join the request as it leaves and are never text, value or attribute in the page.
export default function pin(form) {
  const plain = form.querySelector("[data-pin-plain]");
  const dots = form.querySelector("[data-pin-dots]");
  const keys = form.querySelector("[data-keys]");
  const heading = form.querySelector("[data-pin-heading]");
  const input = plain.querySelector("input");
  const name = input.name;
  const length = Number(form.dataset.length || dots.dataset.length) || 0;
  const limit = length || 12;
  let digits = "";
  let sent = false;

  input.disabled = true;
  plain.hidden = true;
  dots.hidden = false;
  keys.hidden = false;

  const person = () => form.querySelector("input[type=radio]:checked");
  const chooses = () => form.querySelector("input[type=radio]") !== null;

  function draw() {
    const shown = Math.max(length || 6, digits.length);
    while (dots.children.length < shown) dots.append(Object.assign(document.createElement("span"), { className: "dot" }));
    while (dots.children.length > shown) dots.lastChild.remove();
    [...dots.children].forEach((dot, index) => dot.classList.toggle("dot--in", index < digits.length));
    dots.setAttribute("aria-label", (dots.dataset.say || "{n}").replace("{n}", digits.length));
  }

  function greet() {
    if (heading?.dataset.say && person()) heading.textContent = heading.dataset.say.replace("{name}", person().dataset.name);
  }

  function send() {
    if (sent || !digits || (chooses() && !person())) return;
    form.requestSubmit();
  }

  function press(key) {
    if (sent) return;
    if (key === "back") digits = digits.slice(0, -1);
    else if (key === "clear") digits = "";
    else if (digits.length < limit) digits += key;
    draw();
    if (length && digits.length === length) send();
  }

  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (key) press(key.dataset.key);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9]$/.test(event.key)) press(event.key);
    else if (event.key === "Backspace") press("back");
    else if (event.key === "Enter" && !event.target.closest?.("button, a")) send();
    else return;
    event.preventDefault();
  });
  form.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=radio]")) return;
    // Another person: what was typed so far is not theirs, unless nobody was chosen yet.
    if (form.dataset.chosen) digits = "";
    form.dataset.chosen = "1";
    greet();
    draw();
    if (length && digits.length === length) send();
  });
  form.addEventListener("submit", (event) => { if (sent || !digits) event.preventDefault(); else sent = true; });
  form.addEventListener("formdata", (event) => event.formData.set(name, digits));
  window.addEventListener("pageshow", () => { digits = ""; sent = false; draw(); });
  if (person()) form.dataset.chosen = "1";
  greet();
  draw();
}
