// How many stamps: the chosen key writes itself on the figure and the button.
export default function quantity(form) {
  const figure = form.querySelector("[data-quantity-figure]");
  const makes = form.querySelector("[data-quantity-makes]");
  const button = form.querySelector("[data-quantity-button] span");

  function show() {
    const chosen = form.querySelector("input[name=quantity]:checked");
    if (!chosen) return;
    figure.textContent = chosen.value;
    makes.textContent = chosen.dataset.makes;
    button.textContent = chosen.dataset.button;
  }
  form.addEventListener("change", show);
  // Whoever chose by touch wants to press the button next, and Enter does.
  form.addEventListener("click", (event) => {
    if (event.target.closest("label")) form.querySelector("[data-quantity-button]").focus({ preventScroll: true });
  });
  window.addEventListener("pageshow", show);
  show();
}
