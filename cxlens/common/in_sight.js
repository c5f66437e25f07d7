// HTML from Python, scrolled into sight when it changes; what is in sight already stays where it is.

function render({ model, el }) {
  function show() {
    el.innerHTML = model.get("value");
  }

  function change() {
    show();
    requestAnimationFrame(() => el.scrollIntoView({ block: "nearest", inline: "nearest" }));
  }

  show();
  model.on("change:value", change);
  return () => model.off("change:value", change);
}

export default { render };
