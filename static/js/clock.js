// The time of the shop, not of the tablet: data-zone is an IANA name.
export default function clock(element) {
  const locale = document.documentElement.lang || undefined;
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (element.dataset.zone) options.timeZone = element.dataset.zone;
  let format;
  try {
    format = new Intl.DateTimeFormat(locale, options);
  } catch {
    format = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  }

  function tick() {
    const now = new Date();
    element.textContent = format.format(now);
    element.dateTime = now.toISOString();
    setTimeout(tick, 60_000 - (now.getTime() % 60_000) + 50);
  }
  tick();
}
