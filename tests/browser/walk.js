// What a page is asked while `test_named_pages.py` walks: window.walk, put there before it loads.
{
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";
  const SEEN = ["outlineStyle", "outlineWidth", "boxShadow", "borderTopColor", "backgroundColor"];
  const met = new Map();
  let before = new Map();

  const named = (control) => control.outerHTML.slice(0, 110).replace(/\s+/g, " ");
  const isTick = (control) => control.matches("input[type=checkbox], input[type=radio]");

  const controls = () => [...document.querySelectorAll(CONTROLS)].filter((control) =>
    control.checkVisibility({ visibilityProperty: true })
    && !control.disabled && control.type !== "hidden" && control.tabIndex >= 0
    && !control.closest("details:not([open]) > :not(summary), [inert], .decoy"));

  // A group of radios is one stop: the chosen one, else its first.
  const isStop = (control) => control.type !== "radio" || control.checked
    || (!document.querySelector(`input[name="${control.name}"]:checked`)
      && document.querySelector(`input[name="${control.name}"]`) === control);

  // How the control, its label and what stands around them look: focus may be drawn on any.
  const look = (control) => {
    const label = control.labels?.[0];
    const around = [control, control.parentElement, control.parentElement?.parentElement,
      control.nextElementSibling, label, ...(label?.children ?? [])];
    return around.map((each) => {
      if (!each) return "";
      const style = getComputedStyle(each);
      return SEEN.map((name) => style[name]).join();
    }).join(";");
  };

  addEventListener("focusin", ({ target }) => met.set(target, look(target)), true);

  window.walk = {
    // One heading, a title, nothing wider than the window; and fingers hit what they mean: a box
    // is hit with its label, a link within a sentence is as large as its words.
    faults(least) {
      const faults = [];
      const headings = document.querySelectorAll("h1").length;
      if (headings !== 1) faults.push(`${headings} h1`);
      if (!document.title.trim()) faults.push("no title");
      const wide = document.documentElement.scrollWidth - innerWidth;
      if (wide > 0) faults.push(`scrolls sideways by ${wide}`);
      for (const control of controls()) {
        const inText = control.matches("a") && getComputedStyle(control).display === "inline";
        if (inText || control.matches(".skip")) continue;
        const target = isTick(control) ? control.labels[0] ?? control : control;
        const { width, height } = target.getBoundingClientRect();
        const needed = control.matches("button, .btn") ? least : 44;
        if (height < needed - 0.5 || width < 43.5)
          faults.push(`${Math.round(width)} × ${Math.round(height)}: ${named(control)}`);
      }
      return faults;
    },

    // What axe finds serious. Colours take it longest, and are the same at every width.
    async serious(colours) {
      const rules = { "color-contrast": { enabled: colours } };
      const { violations } = await axe.run(document, { resultTypes: ["violations"], rules });
      return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `axe ${id}: ${nodes[0].html.slice(0, 120)}`);
    },

    // To the top, nothing focused; answers how many controls there are.
    begin() {
      document.activeElement?.blur();
      const top = document.createElement("span");
      top.tabIndex = -1;
      document.body.prepend(top);
      top.focus();
      top.remove();
      met.clear();
      before = new Map(controls().map((control) => [control, look(control)]));
      return before.size;
    },

    // What Tab never came to, and what looked the same with the focus as without.
    end() {
      return controls().filter(isStop).flatMap((control) => {
        if (!met.has(control)) return [`Tab never reached ${named(control)}`];
        return met.get(control) === before.get(control) ? [`no focus is seen: ${named(control)}`] : [];
      });
    },
  };
}
