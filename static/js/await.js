// Looks at its own page until that waits no longer. Where it then holds the way out, data-save,
// goes there in this page's place, so that "back" leads to the card and not into the wait.
const EVERY = 1_200;

export default function wait(element) {
  async function look() {
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "manual" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const way = page.querySelector("a[data-save]");
      if (way) return location.replace(way.href);
      if (!page.querySelector(`[data-behaviour~="${element.dataset.behaviour}"]`)) return location.reload();
    } catch {
      // A phone between two cells: the next look may reach us.
    }
    setTimeout(look, EVERY);
  }

  setTimeout(look, EVERY);
}
