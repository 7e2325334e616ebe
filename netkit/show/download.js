// A button that asks Python for a file and has the browser save it. Only the view that was clicked saves.
function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-widgets jupyter-button widget-button nk-button";
  const label = () => { button.textContent = model.get("label"); button.title = model.get("title"); };
  const able = () => { button.disabled = model.get("disabled"); };
  label();
  able();
  let asked = null;
  const click = () => {
    asked = `${Date.now()} ${Math.random()}`;
    model.send({ ask: asked });
  };
  const answer = (content, buffers) => {
    if (content.answer !== asked || !buffers?.length) return;
    asked = null;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(buffers, { type: content.type }));
    link.download = content.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  button.addEventListener("click", click);
  model.on("msg:custom", answer);
  model.on("change:label change:title", label);
  model.on("change:disabled", able);
  el.classList.add("nk-download");
  el.append(button);
  return () => {
    model.off("msg:custom", answer);
    model.off("change:label change:title", label);
    model.off("change:disabled", able);
  };
}
export default { render };
