// A dashboard in the browser: it shows the panels that Python made, and tells Python what is chosen. No figure is made
// here, and nothing is loaded from anywhere.

const PANELS = ["map", "card", "scorecard", "drivers", "course", "plan", "impact", "journeys"];
const NAMES = {
  map: "Map of touchpoints",
  card: "Chosen touchpoint",
  scorecard: "Ratings",
  drivers: "Drivers",
  course: "Over time",
  plan: "Plan",
  impact: "Impact",
  journeys: "Journeys",
};
const LISTS = { segment: "Segment", wave: "Wave", outcome: "Outcome", touchpoint: "Touchpoint" };
const OF_CARD = ["card", "course"]; // what a touchpoint changes; all else changes more
const LIVE = { role: "status", "aria-live": "polite" };

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// The words of each text of a drawing: one that is broken into lines is one text all the same.
function textsOf(root) {
  const groups = new Map();
  for (const text of root.querySelectorAll("svg text")) {
    const group = text.parentElement;
    groups.set(group, [...(groups.get(group) || []), text]);
  }
  return [...groups.values()].map((lines) => ({
    lines,
    words: lines.map((line) => line.textContent.trim()).join(" "),
  }));
}

// Whether a text is about a thing: its name, or its name with a figure behind it.
function isAbout(words, name) {
  return words === name || words.startsWith(`${name}:`) || words.startsWith(`${name} (`);
}

function list(part, model) {
  const select = make("select", { "data-part": part });
  for (const [words, value] of model.get("offered")[part]) select.append(make("option", { value }, words));
  const field = make("label", {}, make("span", {}, LISTS[part]), select);
  select.addEventListener("change", () => choose(model, { [part]: select.value }));
  return { field, select };
}

function choose(model, parts) {
  model.set("choice", { ...model.get("choice"), ...parts });
  model.save_changes();
}

function render({ model, el }) {
  const lists = Object.fromEntries(Object.keys(LISTS).map((part) => [part, list(part, model)]));
  const head = make("div", { class: "cx-head" });
  const tag = make("p", { class: "cx-simulated" }, model.get("simulated"));
  const choice = make("div", { class: "cx-choice", role: "group", "aria-label": "Choice for all panels" });
  choice.append(...Object.values(lists).map(({ field }) => field));
  const share = make("button", { type: "button", class: "cx-share" }, "Pass this view on");
  choice.append(share);
  const passed = make("p", { class: "cx-passed", ...LIVE });
  const alerts = make("div", { class: "cx-alerts" });
  const message = make("p", { class: "cx-message", role: "alert" });
  const panels = Object.fromEntries(
    PANELS.map((name) => [name, make("section", { class: `cx-panel cx-${name}`, "aria-label": NAMES[name] })]),
  );
  const grid = make("div", { class: "cx-grid" }, ...Object.values(panels));
  const root = make("div", { class: "cx-dash cx-live", "data-lm-suppress-shortcuts": "true" });
  if (model.get("simulated")) root.append(tag);
  root.append(make("div", { class: "cx-bar" }, head, choice), passed, message, alerts, grid);
  el.append(root);

  // What is chosen stands out in every panel, in drawings by its words.
  function mark() {
    const marked = model.get("marked");
    const chosen = model.get("choice").touchpoint;
    for (const spot of root.querySelectorAll("[data-touchpoint]")) {
      const isChosen = spot.dataset.touchpoint === chosen;
      spot.classList.toggle("cx-chosen", isChosen);
      if (spot.matches("button")) spot.setAttribute("aria-pressed", String(isChosen));
    }
    for (const bar of root.querySelectorAll("[data-initiative]")) {
      bar.classList.toggle("cx-chosen", marked.includes(bar.dataset.initiative));
    }
    const known = new Set(model.get("offered").touchpoint.map(([, name]) => name));
    for (const { lines, words } of textsOf(grid)) {
      for (const line of lines) {
        line.classList.toggle("cx-chosen", marked.some((name) => isAbout(words, name)));
        line.classList.toggle("cx-pick", known.has(words));
        if (known.has(words)) line.dataset.pick = words;
      }
    }
    for (const [part, { select }] of Object.entries(lists)) select.value = model.get("choice")[part];
  }

  function fill(name, place) {
    const focused = el.getRootNode().activeElement;
    const held = place.contains(focused) ? focused.dataset.touchpoint : undefined;
    place.innerHTML = model.get(name);
    place.classList.remove("cx-old");
    if (held === undefined) return;
    const again = [...place.querySelectorAll("button[data-touchpoint]")].find((spot) => spot.dataset.touchpoint === held);
    again?.focus();
  }

  function dim(parts) {
    const isCard = Object.keys(parts).every((part) => part === "touchpoint");
    for (const name of isCard ? OF_CARD : PANELS) panels[name].classList.add("cx-old");
  }

  grid.addEventListener("click", (event) => {
    const spot = event.target.closest("[data-touchpoint], [data-pick]");
    if (spot) choose(model, { touchpoint: spot.dataset.touchpoint || spot.dataset.pick });
  });
  share.addEventListener("click", async () => {
    const words = model.get("in_address") ? location.href : model.get("call");
    passed.textContent = words;
    try {
      await navigator.clipboard.writeText(words);
      passed.textContent = `Copied: ${words}`;
    } catch {
      // without a clipboard it stands there to be copied
    }
  });
  let last = model.get("choice");
  model.on("change:choice", () => {
    const now = model.get("choice");
    const changed = Object.fromEntries(Object.entries(now).filter(([part, value]) => last[part] !== value));
    last = now;
    if (Object.keys(changed).length) dim(changed);
    passed.textContent = "";
    mark();
  });
  for (const [name, place] of [...Object.entries(panels), ["head", head], ["alerts", alerts]]) {
    model.on(`change:${name}`, () => {
      fill(name, place);
      mark();
    });
    fill(name, place);
  }
  model.on("change:message", () => {
    message.textContent = model.get("message");
  });
  model.on("change:answered", () => {
    for (const place of Object.values(panels)) place.classList.remove("cx-old");
    mark();
    if (model.get("in_address")) history.replaceState(null, "", `?${model.get("query")}`);
  });
  mark();
}

export default { render };
