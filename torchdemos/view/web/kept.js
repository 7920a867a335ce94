// What a reader has chosen, opened and dragged on a page, carried over when the page is drawn anew.

const CONTROLS = "input, select, details, button[aria-pressed], [tabindex]";

export function remember(shown) {
  const isFocused = (control) => control === document.activeElement;
  return controlsOf(shown).map(([key, control]) => ({key, state: stateOf(control), focused: isFocused(control)}));
}

export function recall(kept, shown) {
  const known = new Map(kept.map((one) => [one.key, one]));
  for (const [key, control] of controlsOf(shown)) {
    const before = known.get(key);
    if (before && before.state !== null && before.state !== stateOf(control)) setState(control, before.state);
    if (before?.focused) control.focus({preventScroll: true});
  }
}

// A control is known by its kind, its name, and its place among those of the same name.
function controlsOf(shown) {
  const seen = new Map();
  return [...shown.querySelectorAll(CONTROLS)].map((control) => {
    const name = control.getAttribute("aria-label") ?? (control.matches("button") ? control.textContent : "");
    const alike = `${control.tagName} ${name}`;
    seen.set(alike, (seen.get(alike) ?? 0) + 1);
    return [`${alike} ${seen.get(alike)}`, control];
  });
}

// Null for what has no state, and for a slider that nobody has moved: one that rests at the last step stays there.
function stateOf(control) {
  if (control.matches("details")) return control.open;
  if (control.matches("button")) return control.getAttribute("aria-pressed") === "true";
  if (control.matches("input")) return control.value === control.defaultValue ? null : control.value;
  return control.matches("select") ? control.value : null;
}

function setState(control, state) {
  if (control.matches("details")) control.open = state;
  else if (control.matches("button")) state && control.click();
  else {
    control.value = state;
    for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, {bubbles: true}));
  }
}
