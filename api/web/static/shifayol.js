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

// Where nobody is signed in, the reader's own clock is only known to the device. Its place is kept
// free, so that nothing moves.
for (const time of document.querySelectorAll("time[data-own-clock]")) {
  const at = new Date(time.dateTime);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = (zone) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  if (here && clock(here) !== clock(time.dataset.ownClock)) {
    const own = time.nextElementSibling;
    own.textContent = `${clock(here)} `;
    own.title = here;
    const spoken = document.createElement("span");
    spoken.className = "sr";
    spoken.textContent = time.dataset.ownLabel;
    own.append(spoken);
    document.querySelectorAll("[data-own-note]").forEach((note) => note.classList.remove("kept"));
  }
}

// The device's own zone can be chosen too, where it is not among the usual ones.
for (const choice of document.querySelectorAll("select[data-device-zone]")) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (here && ![...choice.options].some((each) => each.value === here)) {
    choice.add(new Option(here.split("/").pop().replaceAll("_", " "), here));
  }
}

// While somebody types, names that begin so (WAI-ARIA 1.2: a combobox with a listbox).
for (const box of document.querySelectorAll("input[data-suggest]")) {
  const list = document.getElementById(box.dataset.suggestList);
  let turn = 0;
  let marked = -1;
  let wait;
  const open = (yes) => {
    list.hidden = !yes;
    box.setAttribute("aria-expanded", String(yes));
    mark(-1);
  };
  const close = () => { turn += 1; open(false); };
  const mark = (place) => {
    marked = place;
    [...list.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === place)));
    if (place < 0) box.removeAttribute("aria-activedescendant");
    else {
      box.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
  };
  const choose = (place) => {
    box.value = list.children[place].firstChild.textContent;
    close();
    box.form.requestSubmit();
  };
  const shown = (found, place) => {
    const option = document.createElement("li");
    option.id = `${list.id}-${place}`;
    option.setAttribute("role", "option");
    const [name, kind] = [document.createElement("span"), document.createElement("span")];
    name.textContent = found.label;
    kind.textContent = box.dataset[found.kind];
    kind.className = "small quiet";
    option.append(name, kind);
    // The box keeps the focus, or leaving it would close the list before the press counts.
    option.addEventListener("pointerdown", (event) => event.preventDefault());
    option.addEventListener("click", () => choose(place));
    return option;
  };
  const ask = async () => {
    const mine = (turn += 1);
    const words = box.value.trim();
    if (words.length < 2) { close(); return; }
    let found = [];
    try {
      const answer = await fetch(`${box.dataset.suggest}&q=${encodeURIComponent(words)}`);
      if (answer.ok) found = (await answer.json()).items;
    } catch { /* No suggestions then: the search itself says what is wrong. */ }
    if (mine !== turn || document.activeElement !== box) return;
    list.replaceChildren(...found.map(shown));
    open(found.length > 0);
  };
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  open(false);
  box.addEventListener("input", () => { window.clearTimeout(wait); wait = window.setTimeout(ask, 120); });
  box.addEventListener("blur", () => { window.clearTimeout(wait); close(); });
  box.form.addEventListener("submit", () => { window.clearTimeout(wait); close(); });
  box.addEventListener("keydown", (event) => {
    const last = list.children.length - 1;
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") mark(marked < last ? marked + 1 : 0);
    else if (event.key === "ArrowUp") mark(marked > 0 ? marked - 1 : last);
    else if (event.key === "Enter" && marked >= 0) choose(marked);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
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
