// A button that puts a text on the clipboard, and says so.
function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-widgets jupyter-button widget-button nk-button";
  const said = document.createElement("span");
  said.className = "nk-quiet";
  said.setAttribute("role", "status");
  const label = () => { button.textContent = model.get("label"); };
  label();
  const byHand = (text) => { // where the page came over plain HTTP from another machine, there is no clipboard API
    const area = document.createElement("textarea");
    area.value = text;
    el.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  let clear = null;
  const click = async () => {
    const text = model.get("text");
    let done = true;
    try { await navigator.clipboard.writeText(text); } catch { done = byHand(text); }
    said.textContent = model.get(done ? "done" : "failed");
    clearTimeout(clear);
    clear = setTimeout(() => { said.textContent = ""; }, 4000);
    button.focus();
  };
  button.addEventListener("click", click);
  model.on("change:label", label);
  el.classList.add("nk-download");
  el.append(button, said);
  return () => { clearTimeout(clear); model.off("change:label", label); };
}
export default { render };
