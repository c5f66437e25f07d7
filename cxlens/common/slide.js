// A slider with its name, its range and a field for the number. Nothing is computed here: Python hears of each new
// value and answers. Nothing is loaded from anywhere.

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function signed(value) {
  const words = Math.abs(value).toFixed(2);
  return value < 0 ? `\u2212${words}` : `+${words}`;
}

function render({ model, el }) {
  const name = model.get("description");
  const limits = { min: model.get("min"), max: model.get("max"), step: model.get("step") };
  const track = make("input", { type: "range", "aria-label": name, ...limits });
  const field = make("input", { type: "number", "aria-label": `${name}, points`, ...limits });
  const low = make("small", {}, signed(limits.min));
  const high = make("small", {}, signed(limits.max));
  el.classList.add("cxlens-slide");
  el.append(make("span", { class: "name" }, name), low, track, high, field);

  function show() {
    const value = model.get("value");
    track.value = value;
    track.setAttribute("aria-valuetext", `${signed(value)} points`);
    if (document.activeElement !== field) field.value = Number(value.toFixed(2));
  }

  function say(value) {
    if (!Number.isFinite(value)) return;
    model.set("value", Math.min(Math.max(value, limits.min), limits.max));
    model.save_changes();
  }

  track.addEventListener("input", () => say(track.valueAsNumber));
  field.addEventListener("change", () => {
    say(field.valueAsNumber);
    field.value = Number(model.get("value").toFixed(2));
  });
  model.on("change:value", show);
  show();
}

export default { render };
