// Placed last in a box with the class nk-root. Keeps JupyterLab's shortcuts off the box's controls (with a button
// focused, "d" "d" would delete the cell), says what ipywidgets leaves unsaid to screen readers, and brings what a
// search found into sight.
function render({ el }) {
  el.style.display = "none";
  let stop = null;
  const frame = requestAnimationFrame(() => {
    const root = el.closest(".nk-root") ?? el.parentElement;
    if (!root) return;
    let seen = null;
    const say = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };
    const fix = () => {
      for (const pane of root.querySelectorAll(".nk-pane > .widget-html-content")) {
        say(pane, "tabindex", "0"); // so that it scrolls by the keyboard
        say(pane, "role", "group");
        const named = pane.querySelector("[aria-label]");
        if (named) say(pane, "aria-label", named.getAttribute("aria-label"));
      }
      for (const control of root.querySelectorAll("button, input, select, textarea, [tabindex]"))
        say(control, "data-lm-suppress-shortcuts", "true");
      for (const toggle of root.querySelectorAll(".widget-toggle-button"))
        say(toggle, "aria-pressed", String(toggle.classList.contains("mod-active")));
      const hit = root.querySelector("mark.nk-now");
      const box = hit !== seen && hit?.closest(".widget-html-content");
      if (box) {
        const down = hit.getBoundingClientRect().top - box.getBoundingClientRect().top;
        if (down < 30 || down > box.clientHeight - 30) box.scrollTop += down - box.clientHeight / 3;
      }
      seen = hit;
    };
    fix();
    const observer = new MutationObserver(fix);
    observer.observe(root, { subtree: true, childList: true, attributeFilter: ["class"] });
    stop = () => observer.disconnect();
  });
  return () => { cancelAnimationFrame(frame); stop?.(); };
}
export default { render };
