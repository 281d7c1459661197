// A card is open and the next one is scanned: the scanner's Enter must not press a button of
// this card. What comes as fast as a scanner types, and ends in Enter, is looked up instead.
const SHORTEST = 5;
const GAP_MS = 80; // between two characters; a person's are further apart

export default function nextScan(form) {
  const field = form.querySelector("input[name=card]");
  let scanned = "";
  let last = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const quick = event.timeStamp - last < GAP_MS;
    last = event.timeStamp;
    if (event.key === "Enter" && quick && scanned.length >= SHORTEST) {
      event.preventDefault();
      event.stopPropagation();
      field.value = scanned;
      form.requestSubmit();
    } else if (event.key.length === 1) {
      scanned = quick ? scanned + event.key : event.key;
    } else if (event.key !== "Shift") scanned = "";
  }, { capture: true });
}
