// The impact-effort matrix in the browser: it shows the drawing that Python made, and tells Python what is wished.
// No figure is computed here. An initiative dropped, a key pressed, a cut typed become messages; Python asks the verb
// and answers with a new drawing, table and sentence. Nothing is loaded from anywhere.

const KEYS = {
  ArrowLeft: { effort: -1, lift: 0 },
  ArrowRight: { effort: 1, lift: 0 },
  ArrowUp: { effort: 0, lift: 1 },
  ArrowDown: { effort: 0, lift: -1 },
};
const LARGE = 4; // steps at once while Shift is held
const STILL = 4; // units of the drawing that a click may slip without being a drag

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function render({ model, el }) {
  const hintId = `cxlens-hint-${Math.random().toString(36).slice(2)}`;
  const undo = make("button", { type: "button", title: "Ctrl+Z on an initiative" }, "Undo");
  const reset = make("button", { type: "button", title: "Back to the list as it was given" }, "Reset");
  const bar = make("div", { class: "bar", role: "group", "aria-label": "Controls" }, undo, reset);
  const hint = make(
    "p",
    { class: "note", id: hintId },
    "Drag an initiative, or reach it with Tab and press arrow keys: left and right change its effort, up and down its " +
      "lift; Shift makes larger steps, Ctrl+Z undoes, Escape lets go.",
  );
  const drawing = make("div", { class: "drawing" });
  const card = make("div", { class: "card", hidden: "", "aria-hidden": "true" });
  const board = make(
    "div",
    {
      class: "board",
      role: "application",
      "aria-label": "Impact-effort matrix",
      "aria-describedby": hintId,
    },
    drawing,
    card,
  );
  const status = make("p", { class: "status", role: "status", "aria-live": "polite" });
  const alert = make("p", { class: "alert", role: "alert" });
  const wide = make("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Table of initiatives" });
  // Without lm-suppress-shortcuts JupyterLab would take arrow keys, Enter and Ctrl+Z for its own.
  const look = { class: "cxlens cxlens-matrix", "data-lm-suppress-shortcuts": "true" };
  const root = make("div", look, bar, hint, board, status, alert, wide);

  const inputs = new Map();
  let drag = null; // what is being dragged: its group, its ghost, where it was taken, how far it is
  let over = null; // what the pointer is on
  let waiting = false; // whether Python owes an answer
  let queue = []; // steps wished in the meantime: keys repeat faster than answers come

  const active = () => el.getRootNode().activeElement;
  const spotOf = (event) => (event.target instanceof Element ? event.target.closest(".spot") : null);
  const spotNamed = (name) => [...drawing.querySelectorAll(".spot")].find((spot) => spot.dataset.name === name);

  function send(message) {
    waiting = true;
    model.send(message);
  }

  // A pointer's place in units of the drawing, however large it is shown.
  function placeOf(event) {
    const svg = drawing.querySelector("svg");
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  }

  // The initiative under a pointer; where marks lie over one another, the one whose middle is nearest.
  function spotAt(event) {
    const spot = spotOf(event);
    if (!spot || !event.target.matches(".hit, .dot")) return spot;
    const { x, y } = placeOf(event);
    const far = (one) => Math.hypot(one.dataset.x - x, one.dataset.y - y);
    return [...drawing.querySelectorAll(".spot")].reduce((best, one) => (far(one) < far(best) ? one : best));
  }

  // ---- what is shown

  function draw() {
    letGo();
    over = null;
    const focused = board.contains(active()) ? active().dataset.name : undefined;
    drawing.innerHTML = model.get("svg");
    for (const spot of drawing.querySelectorAll(".spot")) {
      spot.querySelector("title").remove(); // the card says it, without delay
      spot.setAttribute("role", "button");
      spot.setAttribute("tabindex", "0");
    }
    hideCard();
    if (focused !== undefined) spotNamed(focused)?.focus({ preventScroll: true });
  }

  function drawTable() {
    const rows = model.get("table");
    const head = make("tr");
    for (const key of Object.keys(rows[0])) head.append(make("th", { scope: "col" }, key));
    const body = make("tbody");
    for (const row of rows) {
      const [name, ...rest] = Object.values(row);
      body.append(make("tr", {}, make("th", { scope: "row" }, name), ...rest.map((text) => make("td", {}, text))));
    }
    const caption = make("caption", {}, "Initiatives, the likeliest quick win first");
    wide.replaceChildren(make("table", {}, caption, make("thead", {}, head), body));
  }

  function drawCuts() {
    for (const { name, label, value } of model.get("cuts")) {
      if (!inputs.has(name)) {
        const input = make("input", { type: "number", step: "0.5", name });
        const commit = () => {
          const shown = model.get("cuts").find((cut) => cut.name === name).value;
          if (input.value !== "" && Number(input.value) !== shown) send({ do: "cut", [name]: Number(input.value) });
        };
        input.addEventListener("change", commit);
        // In JupyterLab Enter does not reach the field as a change.
        input.addEventListener("keydown", (event) => event.key === "Enter" && commit());
        inputs.set(name, input);
        bar.append(make("label", {}, `${label} `, input));
      }
      const input = inputs.get(name);
      if (input !== active() || model.get("failed")) input.value = value;
    }
  }

  function drawWords() {
    status.textContent = model.get("failed") ? "" : model.get("status");
    alert.textContent = model.get("failed") ? model.get("status") : "";
  }

  function answer() {
    waiting = false;
    draw();
    drawTable();
    drawCuts();
    drawWords();
    if (queue.length) send(queue.shift());
  }

  // ---- the card of an initiative, while it is pointed at or has the focus

  function showCard(spot) {
    const row = model.get("table").find((one) => Object.values(one)[0] === spot.dataset.name);
    if (!row || drag) return;
    const [[, name], ...rest] = Object.entries(row);
    const terms = rest.flatMap(([key, text]) => [make("dt", {}, key), make("dd", {}, text || "–")]);
    card.replaceChildren(make("strong", {}, name), make("dl", {}, ...terms));
    card.hidden = false;
    const [dot, frame] = [spot.querySelector(".dot").getBoundingClientRect(), board.getBoundingClientRect()];
    const right = dot.right - frame.left + 14;
    const fits = right + card.offsetWidth <= frame.width;
    const left = fits ? right : dot.left - frame.left - card.offsetWidth - 14;
    const top = Math.min(dot.top - frame.top, frame.height - card.offsetHeight);
    card.style.left = `${Math.max(left, 0)}px`;
    card.style.top = `${Math.max(top, 0)}px`;
  }

  function hideCard() {
    card.hidden = true;
  }

  function hover(spot) {
    if (spot === over) return;
    over?.classList.remove("over");
    over = spot;
    over?.classList.add("over");
    if (over) showCard(over);
    else hideCard();
  }

  board.addEventListener("focusin", (event) => spotOf(event) && showCard(spotOf(event)));
  board.addEventListener("focusout", hideCard);
  board.addEventListener("pointerleave", () => hover(null));

  // ---- dragging, by mouse, pen or finger

  function letGo() {
    if (!drag) return;
    drag.spot.removeAttribute("transform");
    drag.ghost.remove();
    drag = null;
  }

  board.addEventListener("pointerdown", (event) => {
    const spot = spotAt(event);
    if (!spot || event.button !== 0 || drag) return;
    event.preventDefault(); // no selecting of words
    spot.focus({ preventScroll: true });
    hideCard();
    const ghost = spot.cloneNode(true);
    for (const name of ["tabindex", "role", "data-name"]) ghost.removeAttribute(name);
    ghost.setAttribute("class", "ghost");
    ghost.setAttribute("aria-hidden", "true");
    spot.before(ghost);
    drag = { spot, ghost, from: placeOf(event), x: 0, y: 0, pointer: event.pointerId };
    board.setPointerCapture(event.pointerId);
  });

  board.addEventListener("pointermove", (event) => {
    if (!drag) return hover(spotAt(event));
    if (event.pointerId !== drag.pointer) return;
    const to = placeOf(event);
    drag.x = to.x - drag.from.x;
    drag.y = to.y - drag.from.y;
    drag.spot.setAttribute("transform", `translate(${drag.x} ${drag.y})`);
  });

  board.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const { spot, x, y } = drag;
    letGo();
    if (Math.hypot(x, y) < STILL) return showCard(spot);
    spot.setAttribute("transform", `translate(${x} ${y})`); // stays where it was dropped until the answer comes
    send({ do: "drop", initiative: spot.dataset.name, x: Number(spot.dataset.x) + x, y: Number(spot.dataset.y) + y });
  });

  board.addEventListener("pointercancel", letGo);
  board.addEventListener("lostpointercapture", letGo);

  // ---- keys

  function step(initiative, effort, lift) {
    if (!waiting) return send({ do: "step", initiative, effort, lift });
    const last = queue.at(-1);
    if (last?.initiative !== initiative) return queue.push({ do: "step", initiative, effort, lift });
    last.effort += effort;
    last.lift += lift;
  }

  board.addEventListener("keydown", (event) => {
    const spot = spotOf(event);
    const back = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (event.key === "Escape") {
      letGo();
      hideCard();
    } else if (back) {
      queue = [];
      send({ do: "undo" });
    } else if (spot && event.key in KEYS && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const times = event.shiftKey ? LARGE : 1;
      step(spot.dataset.name, KEYS[event.key].effort * times, KEYS[event.key].lift * times);
    } else if (spot && (event.key === "Enter" || event.key === " ")) {
      showCard(spot); // again, after Escape
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  undo.addEventListener("click", () => send({ do: "undo" }));
  reset.addEventListener("click", () => send({ do: "reset" }));

  answer();
  model.on("change:answered", answer);
  el.append(root);
  return () => model.off("change:answered", answer);
}

export default { render };
