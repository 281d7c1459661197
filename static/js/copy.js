// Copies what data-copy points at and says so on the button.
export default function copy(button) {
  if (!navigator.clipboard) return;
  const label = button.querySelector("span") || button;
  const before = label.textContent;
  button.hidden = false;

  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    label.textContent = button.dataset.done || before;
    setTimeout(() => { label.textContent = before; }, 2500);
  });
}
