// The cards beside the branding form, changing as one types or chooses a picture. data-url gets the
// form by POST and answers {"stage": html, "said": {name: words}, "look": {…}, "errors": {field: words}}:
// nothing is kept of it. What is wrong with a chosen picture stands beside it at once.
const TYPED = 250;
const WITH_FILES = 700; // they travel along each time

export default function brandingPreview(form) {
  const stage = document.querySelector("[data-stage]");
  let timer = null;
  let asking = null;

  function look({ company, on_company: ink }) {
    stage.style.setProperty("--company", company);
    stage.style.setProperty("--on-company", ink);
  }

  function put(html) {
    const open = [...stage.querySelectorAll("details")].map((each) => each.open);
    const made = new DOMParser().parseFromString(html, "text/html");
    stage.replaceChildren(...made.body.childNodes);
    stage.querySelectorAll("details").forEach((each, at) => { each.open = Boolean(open[at]); });
  }

  function told(field, words) {
    const id = `${field.id}-wrong`;
    document.getElementById(id)?.remove();
    field.removeAttribute("aria-invalid");
    const hint = document.getElementById(`${field.id}-hint`) ? `${field.id}-hint` : "";
    field.setAttribute("aria-describedby", words ? `${hint} ${id}`.trim() : hint);
    if (!words) return;
    const wrong = Object.assign(document.createElement("p"), { className: "wrong", id, textContent: words });
    wrong.setAttribute("role", "alert");
    field.setAttribute("aria-invalid", "true");
    field.after(wrong);
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
      const said = await answer.json();
      put(said.stage);
      look(said.look);
      for (const [name, words] of Object.entries(said.said)) {
        form.querySelector(`[data-said="${CSS.escape(name)}"]`).textContent = words;
      }
      form.querySelectorAll("input[type=file]").forEach((field) => {
        told(field, field.files.length ? said.errors[field.name] : "");
      });
    } catch {
      // Overtaken by the next keystroke, or offline: the form itself still holds.
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    const files = [...form.querySelectorAll("input[type=file]")].some((field) => field.files.length);
    timer = setTimeout(ask, files ? WITH_FILES : TYPED);
  });
}
