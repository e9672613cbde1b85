// What pages can do a little better with a script; everything works without it.
"use strict";

// The hold's clock runs by the server's time: the device's own clock may be wrong.
for (const clock of document.querySelectorAll("[data-hold-until]")) {
  const left0 = Date.parse(clock.dataset.holdUntil) - Date.parse(clock.dataset.serverTime);
  const started = performance.now();
  const shown = clock.querySelector("[data-left]");
  const spoken = clock.querySelector("[data-spoken]");
  let said = Infinity;
  const tick = () => {
    const left = Math.max(0, Math.ceil((left0 - (performance.now() - started)) / 1000));
    const minutes = Math.floor(left / 60);
    shown.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
    shown.classList.toggle("late", left <= 120);
    const mark = [0, 1, 5, 10].find((m) => left <= m * 60);
    if (mark !== undefined && mark < said) {
      if (said !== Infinity) spoken.textContent = shown.textContent;
      said = mark;
    }
    if (left === 0) window.setTimeout(() => window.location.reload(), 1500);
    else window.setTimeout(tick, 1000 - (performance.now() % 1000));
  };
  shown.hidden = false;
  tick();
}

// Where nobody is signed in, the reader's own clock is only known to the device.
for (const time of document.querySelectorAll("time[data-own-clock]")) {
  const at = new Date(time.dateTime);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = (zone) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  if (here && clock(here) !== clock(time.dataset.ownClock)) {
    const own = document.createElement("small");
    own.textContent = `${clock(here)} `;
    own.title = here;
    const spoken = document.createElement("span");
    spoken.className = "sr";
    spoken.textContent = time.dataset.ownLabel;
    own.append(spoken);
    time.after(own);
    document.querySelectorAll("[data-own-note]").forEach((note) => { note.hidden = false; });
  }
}

// The device's own zone can be chosen too, where it is not among the usual ones.
for (const choice of document.querySelectorAll("select[data-device-zone]")) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (here && ![...choice.options].some((each) => each.value === here)) {
    choice.add(new Option(here.split("/").pop().replaceAll("_", " "), here));
  }
}

// One press is enough; going back must find the buttons alive again.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    window.setTimeout(() => form.querySelectorAll("button").forEach((b) => { b.disabled = true; }));
  });
}
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form button:disabled").forEach((b) => { b.disabled = false; });
});
