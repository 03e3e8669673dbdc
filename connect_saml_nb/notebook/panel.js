// A part of a page: shows HTML that the kernel sends, and sends the kernel what the person does with it.
// Content travels in messages only, never in the synced state, so a saved notebook cannot hold it.

const TAGS = new Set(
  ("article section div p span strong em code pre br h2 h3 h4 ul ol li dl dt dd table thead tbody tr th td details " +
    "summary mark bdi a button form fieldset legend label input select option textarea small").split(" "),
);
const ATTRIBUTES = new Set(
  ("class dir lang role tabindex scope colspan open type name value checked selected disabled placeholder href target " +
    "rel rows autocomplete spellcheck title").split(" "),
);
const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set("svg g title text tspan line path rect circle".split(" "));
const SVG_ATTRIBUTES = new Set(
  ("viewBox x y x1 y1 x2 y2 cx cy r rx d width height text-anchor style role").split(" "),
);
const TYPING = 300; // milliseconds of rest after which what is being typed is sent
const SAYING_NOTHING = 20000; // milliseconds without an answer after which the page says so

// The second lock behind the kernel's escaping: anything not expected is shown as text.
function cleaned(html) {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  for (const node of [...body.querySelectorAll("*")]) {
    if (!body.contains(node)) continue;
    const isDrawn = node.namespaceURI === SVG;
    if (!(isDrawn ? SVG_TAGS : TAGS).has(node.localName)) {
      node.replaceWith(node.outerHTML);
      continue;
    }
    for (const attribute of [...node.attributes]) {
      if (!isKnown(attribute, isDrawn ? SVG_ATTRIBUTES : ATTRIBUTES)) node.removeAttribute(attribute.name);
    }
  }
  return body;
}

function isKnown({ name, value }, known) {
  if (name === "href") return known.has(name) && value.startsWith("https://");
  if (name === "style") return known.has(name) && !/url|image|expression|@|\\/i.test(value); // nothing that loads
  return known.has(name) || name.startsWith("data-") || name.startsWith("aria-");
}

// Changes what differs and leaves the rest alone: focus, typed text, opened parts and half-made clicks survive.
function morph(from, to) {
  const old = [...from.childNodes];
  const fresh = [...to.childNodes];
  fresh.forEach((node, i) => {
    if (!old[i]) from.append(node);
    else if (isOther(old[i], node)) old[i].replaceWith(node);
    else if (node.nodeType === Node.TEXT_NODE) {
      if (old[i].data !== node.data) old[i].data = node.data;
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      setAttributes(old[i], node);
      morph(old[i], node);
    }
  });
  old.slice(fresh.length).forEach((node) => node.remove());
}

function isOther(old, fresh) {
  return old.nodeName !== fresh.nodeName || old.dataset?.key !== fresh.dataset?.key;
}

function setAttributes(old, fresh) {
  const changed = old.getAttribute("value") !== fresh.getAttribute("value");
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.localName === "details")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);
  }
  if (old.type === "radio" || old.type === "checkbox") old.checked = fresh.hasAttribute("checked");
  else if (old.localName === "option") old.selected = fresh.hasAttribute("selected");
  else if (old.localName === "input" && changed && old !== document.activeElement) {
    old.value = fresh.getAttribute("value") ?? "";
  }
}

function download(name, content) {
  const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement("textarea"); // pages that are not from https or localhost have no clipboard
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}

async function copy(button) {
  const source = button.parentElement.querySelector(button.dataset.copy);
  const words = (button.dataset.words ??= button.textContent);
  const done = await copyText(source.textContent);
  if (!done) getSelection().selectAllChildren(source);
  button.textContent = done ? "Copied ✔" : "Selected: press Ctrl+C";
  setTimeout(() => (button.textContent = words), 3000);
}

// Scrolls to a part of the page, in whichever panel it is, opens what it is folded into, and gives it the focus.
function goTo(panel, place) {
  const root = panel.closest(".jp-OutputArea") ?? document.body;
  const target = [...root.querySelectorAll("[data-at]")].find((node) => node.dataset.at === place);
  if (!target) return;
  for (let node = target; node && node !== root; node = node.parentElement) {
    if (node.localName === "details") node.open = true;
  }
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
}

function valueOf(field) {
  return field.type === "checkbox" ? String(field.checked) : field.value;
}

function render({ model, el }) {
  const root = document.createElement("form"); // a form of its own keeps the choices of two views apart
  const late = document.createElement("p");
  late.className = "cs-notice cs-warn";
  late.setAttribute("role", "status");
  late.hidden = true;
  late.textContent =
    "▲ No answer from the notebook’s kernel yet: it is busy or was stopped. After a restart, run the cell again.";
  const page = document.createElement("div");
  page.className = "cs-page";
  page.append(root, late);
  el.append(page);

  let waiting = 0;
  const unanswered = []; // what was asked and is not done, in order: true for a button's action
  const ask = (message) => {
    unanswered.push("act" in message);
    page.setAttribute("aria-busy", "true");
    clearTimeout(waiting);
    waiting = setTimeout(() => (late.hidden = false), SAYING_NOTHING);
    try {
      model.send(message);
    } catch {
      late.hidden = false; // the kernel was stopped
    }
  };
  const onMessage = (message, buffers) => {
    if (message.download) download(message.download, buffers[0]);
    if (typeof message.html === "string") morph(root, cleaned(message.html));
    if (message.goto) requestAnimationFrame(() => goTo(root, message.goto));
    if (message.done) {
      unanswered.shift();
      if (unanswered.length) return;
      clearTimeout(waiting);
      late.hidden = true;
      page.removeAttribute("aria-busy");
    }
  };
  const send = (field) => ask({ field: field.dataset.field, value: valueOf(field) });
  let typing = 0;
  const onChange = (event) => {
    const field = event.target.closest("[data-field]");
    clearTimeout(typing);
    if (field) send(field);
  };
  const onInput = (event) => {
    const field = event.target.closest("[data-live]");
    clearTimeout(typing);
    if (field) typing = setTimeout(() => send(field), TYPING);
  };
  const onClick = (event) => {
    const target = event.target.closest("[data-act],[data-copy],[data-goto]");
    if (!target) return;
    if (target.dataset.copy) copy(target);
    else if (target.dataset.goto) goTo(root, target.dataset.goto);
    else if (!unanswered.includes(true)) {
      ask({ act: target.dataset.act, value: target.dataset.value ?? "" }); // a second click adds nothing
    }
  };
  const onKey = (event) => {
    const field = event.target.closest("[data-enter]");
    if (event.key !== "Enter" || !field) return;
    event.preventDefault();
    send(field);
    ask({ act: field.dataset.enter, value: "" });
  };
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("change", onChange);
  root.addEventListener("input", onInput);
  root.addEventListener("click", onClick);
  root.addEventListener("keydown", onKey);
  const letKeysGo = keepKeys(root);
  model.on("msg:custom", onMessage);
  ask({ ready: true });
  return () => {
    clearTimeout(waiting);
    clearTimeout(typing);
    letKeysGo();
    model.off("msg:custom", onMessage);
  };
}

export default { render };
