// Posts the lock form when nobody has touched the counter for data-idle-seconds.
export default function idleLock(form) {
  const limit = Number(form.dataset.idleSeconds) * 1000;
  if (!(limit > 0)) return;
  let last = Date.now();
  let locked = false;

  const touched = () => { last = Date.now(); };
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    window.addEventListener(kind, touched, { passive: true, capture: true });
  }

  // Wall-clock time, since a sleeping tablet's timers stand still.
  function check() {
    if (locked || Date.now() - last < limit) return;
    locked = true;
    form.requestSubmit();
  }
  setInterval(check, 1000);
  document.addEventListener("visibilitychange", check);
  window.addEventListener("pageshow", () => { locked = false; });
}
