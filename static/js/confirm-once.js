// One press, one request: the form's buttons rest after the first submit.
export default function confirmOnce(form) {
  let sent = false;
  const buttons = () => form.querySelectorAll("button:not([type=button]), input[type=submit]");

  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault();
    if (event.defaultPrevented) return;
    sent = true;
    // After this turn: a disabled submitter would not send its own name and value.
    setTimeout(() => buttons().forEach((button) => { button.disabled = true; button.dataset.sent = ""; }));
  });

  // Back and forward bring the page back as it was left.
  window.addEventListener("pageshow", () => {
    sent = false;
    buttons().forEach((button) => { if ("sent" in button.dataset) { button.disabled = false; delete button.dataset.sent; } });
  });
}
