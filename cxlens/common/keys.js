// Keys pressed on a list, a box to tick, a field or a button belong to it, not to the notebook around it, which would
// go to another cell at an arrow, and insert one at a letter. Ctrl, Alt and Cmd, and Shift+Enter, stay the notebook's.

const CONTROLS = "select, input, button";

function keep(event) {
  const meant = event.ctrlKey || event.altKey || event.metaKey || (event.shiftKey && event.key === "Enter");
  if (!meant && event.target.matches(CONTROLS)) event.stopPropagation();
}

function render({ el }) {
  let box = null;
  let waiting = 0;
  el.style.display = "none";

  function begin() {
    box = el.closest(".cxlens-explorer");
    if (box) box.addEventListener("keydown", keep);
    else waiting = requestAnimationFrame(begin); // not yet in the page
  }

  begin();
  return () => {
    cancelAnimationFrame(waiting);
    if (box) box.removeEventListener("keydown", keep);
  };
}

export default { render };
