// Shows the server's preview of an amount: {gives, why, button, ok, pairs, also, seen}.
// What stands between asterisks in `gives` is set firm; what is left out goes back to nothing.
export function show(form, answer) {
  const send = form.querySelector("button[type=submit]");
  const label = send?.querySelector("span") || send;
  firm(form.querySelector("[data-gives]"), answer.gives || "");
  text(form.querySelector("[data-why]"), answer.why || "");
  if (label) {
    label.dataset.plain ??= label.textContent;
    label.textContent = answer.button || label.dataset.plain;
    send.setAttribute("aria-disabled", String(answer.ok === false));
  }
  form.querySelector("[data-wrong]")?.remove();
  const seen = form.querySelector("[data-seen]");
  if (seen) seen.value = answer.seen || "";
  list(document.querySelector("[data-pairs]"), answer.pairs, pair);
  list(document.querySelector("[data-also]"), answer.also, (sentence) => element("li", sentence));
}

function text(target, words) {
  if (target && target.textContent !== words) target.textContent = words;
}

function firm(target, words) {
  target?.replaceChildren(...words.split("*").map((part, n) => (n % 2 ? element("b", part) : part)));
}

function list(target, items, made) {
  target?.replaceChildren(...(items || []).map(made));
}

function pair([term, value]) {
  const row = document.createElement("div");
  row.append(element("dt", term), element("dd", value));
  return row;
}

function element(name, words) {
  return Object.assign(document.createElement(name), { textContent: words });
}
