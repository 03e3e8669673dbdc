// Goes before the other scripts of this folder (`_page.py`).

// JupyterLab's one-letter and arrow shortcuts would act on cells while a button or a choice of the page has the focus.
// Lumino 2 (CommandRegistry) asks the focused element itself for this attribute. Ctrl+S and the like stay JupyterLab's.
function keepKeys(root) {
  const onKey = (event) => {
    if (!root.contains(event.target)) return;
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey || event.altKey));
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}

