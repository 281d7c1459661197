// The card beside the programme form, changing as one types. Inputs carry data-preview
// (target, reward, colour, shop, unit); words that need rules come from data-url, which gets the form by POST
// and answers {"text": {name: words}} for every [data-preview-out="name"]. [data-shown-for="points hybrid"]
// stands in the form while that is what [name=loyalty_type] says.
const MOST = 20; // above that the card shows a ring, which the next page load draws

export default function programmePreview(form) {
  const stage = document.querySelector(form.dataset.preview || "[data-preview-stage]");
  let timer = null;
  let asking = null;

  const outs = (name) => document.querySelectorAll(`[data-preview-out="${CSS.escape(name)}"]`);
  const put = (name, text) => outs(name).forEach((element) => { element.textContent = text; });

  // WCAG 2 relative luminance: which of black and white reads better on this colour.
  function readable(hex) {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#12211b" : "#ffffff";
  }

  function colour(hex) {
    if (!/^#[0-9a-f]{6}$/i.test(hex)) return;
    stage.style.setProperty("--company", hex);
    stage.style.setProperty("--on-company", readable(hex));
  }

  function target(wanted) {
    const row = stage.querySelector(".stamps");
    if (!row || !(wanted >= 1 && wanted <= MOST)) return;
    const goal = row.lastElementChild;
    const plain = row.querySelector(".stamp:not(:last-child)");
    while (row.children.length > Math.max(wanted, 1)) row.firstElementChild.remove();
    while (plain && row.children.length < wanted) row.insertBefore(plain.cloneNode(true), goal);
    const given = Math.min(Math.round(wanted * 0.7), wanted - 1);
    [...row.children].forEach((place, index) => {
      place.className = `stamp${index < given ? " stamp--in" : ""}${index === given ? " stamp--next" : ""}`;
      const number = place.querySelector("span");
      if (number) number.textContent = index + 1;
    });
    const columns = [5, 5, 5, 5, 5, 5, 6, 4, 4, 5, 5, 6, 6, 7, 7, 5, 6, 6, 6, 7, 7][wanted];
    row.className = `stamps stamps--${columns}`;
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const token = document.querySelector("meta[name=csrf-token]")?.content || "";
    try {
      const answer = await fetch(form.dataset.url, {
        method: "POST", body: new FormData(form), signal: asking.signal,
        headers: { Accept: "application/json", "X-CSRFToken": token },
      });
      if (!answer.ok) return;
      for (const [name, text] of Object.entries((await answer.json()).text || {})) put(name, text);
    } catch {
      // Overtaken by the next keystroke, or offline: the form itself still holds.
    }
  }

  // A form that came back carries a colour which is not yet the company's.
  const inked = form.querySelector("[data-preview=colour]");
  const now = stage && getComputedStyle(stage).getPropertyValue("--company").trim();
  if (inked && now && inked.value.toLowerCase() !== now.toLowerCase()) colour(inked.value);

  // What belongs to stamps or to points alone is out of the way while neither counts it; never
  // what has something wrong in it.
  const kind = form.querySelector("[name=loyalty_type]");
  function shown() {
    form.querySelectorAll("[data-shown-for]").forEach((part) => {
      part.hidden = !part.dataset.shownFor.split(" ").includes(kind.value) && !part.querySelector(".wrong");
    });
  }
  if (kind) shown();

  form.addEventListener("input", (event) => {
    if (event.target === kind) shown();
    const { preview } = event.target.dataset;
    const { value } = event.target;
    if (preview === "target") target(Number(value));
    else if (preview === "colour") colour(value);
    else if (preview) put(preview, value);
    if (!form.dataset.url) return;
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  });
}
