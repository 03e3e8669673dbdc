// Sends a file to the kernel in acknowledged pieces: any size, flat memory, progress, cancel.
// One websocket message may have 10 MiB on a stock Jupyter server (tornado's limit), so a piece has 4.

const PIECE = 4 * 1024 * 1024;
const PATIENCE = 60000; // milliseconds to wait for one acknowledgement
const NO_ANSWER =
  "The notebook’s kernel does not answer: it is busy or was stopped. Nothing was kept. Run the cell again and repeat.";

const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e5 ? 3 : bytes < 1e7 ? 1 : 0);

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// One transfer: resolves when the kernel has taken the file, rejects with a sentence.
class Transfer {
  constructor(model, blob, name, add, progress) {
    Object.assign(this, { model, blob, name, add, progress, id: crypto.getRandomValues(new Uint32Array(2)).join("-") });
    this.onMessage = (message) => message.upload === this.id && this.waiter?.(message);
    model.on("msg:custom", this.onMessage);
  }

  async run() {
    try {
      let answer = await this.ask({ begin: this.name, size: this.blob.size, add: this.add });
      for (let at = 0; at < this.blob.size; at += PIECE) {
        const piece = await this.piece(at);
        answer = await this.ask({ piece: at }, [piece]);
        this.progress(answer.taken);
      }
      await this.ask({ end: true });
    } finally {
      this.model.off("msg:custom", this.onMessage);
    }
  }

  async piece(at) {
    try {
      return await this.blob.slice(at, at + PIECE).arrayBuffer();
    } catch {
      this.send({ cancel: true });
      throw new Error("The browser could not read the file: it was moved, changed or is protected. Choose it again.");
    }
  }

  // Sends, and waits for the acknowledgement.
  ask(message, buffers = []) {
    return new Promise((resolve, reject) => {
      this.fail = reject;
      const timer = setTimeout(() => reject(new Error(NO_ANSWER)), PATIENCE);
      this.waiter = (answer) => {
        clearTimeout(timer);
        if (answer.failed) reject(new Error(answer.failed));
        else resolve(answer);
      };
      if (!this.send(message, buffers)) {
        clearTimeout(timer);
        reject(new Error(NO_ANSWER));
      }
    });
  }

  // Whether the message could be sent: a kernel that was stopped takes none.
  send(message, buffers = []) {
    try {
      this.model.send({ upload: this.id, ...message }, undefined, buffers);
      return true;
    } catch {
      return false;
    }
  }

  cancel() {
    this.send({ cancel: true });
    this.fail?.(new Error("Cancelled: nothing was kept."));
  }
}

function pasteBox(words, send) {
  const box = element("textarea", { rows: 5, spellcheck: false, autocomplete: "off" });
  box.setAttribute("aria-label", words.pasteLabel);
  const use = element("button", { type: "button", className: "cs-small", textContent: "Use this text" });
  use.addEventListener("click", async () => {
    if (!box.value.trim()) return;
    const text = new Blob([box.value]);
    box.value = ""; // it is a credential: it does not stay on the page
    await send(text, words.pasteName);
  });
  return element("details", {}, element("summary", { textContent: words.pasteLabel }), box, use);
}

function render({ model, el }) {
  const words = model.get("words");
  const several = Boolean(words.several);
  const input = element("input", { type: "file", accept: words.accept, hidden: true, multiple: several });
  const choose = element("button", { type: "button", textContent: words.choose });
  const bar = element("progress", { max: 1, value: 0, hidden: true });
  bar.setAttribute("aria-label", "Progress");
  const stop = element("button", { type: "button", className: "cs-small", textContent: "Cancel", hidden: true });
  const said = element("p", { className: "cs-said" });
  said.setAttribute("role", "status");
  const zone = element("div", { className: "cs-drop" });
  zone.append(element("p", {}, words.invite, " ", choose), input, bar, " ", stop, said);
  const root = element("div", { className: "cs-page" }, zone);

  let running = null;
  const send = async (blob, name, add = false) => {
    if (running) return false;
    const show = (taken) => {
      bar.value = blob.size ? taken / blob.size : 1;
      said.textContent = `${megabytes(taken)} of ${megabytes(blob.size)} MB`;
    };
    running = new Transfer(model, blob, name, add, show);
    bar.hidden = stop.hidden = false;
    choose.disabled = true;
    show(0);
    try {
      await running.run();
      said.textContent = `${megabytes(blob.size)} MB received.`;
      return true;
    } catch (error) {
      said.textContent = `▲ ${error.message}`;
      return false;
    } finally {
      running = null;
      bar.hidden = stop.hidden = true;
      choose.disabled = false;
    }
  };
  const take = async (list) => {
    const files = [...list]; // the list empties when the input is cleared
    if (files.length > 1 && !words.several) said.textContent = "▲ One file at a time, please.";
    else for (const [at, file] of files.entries()) if (!(await send(file, file.name, at > 0))) return;
  };

  choose.addEventListener("click", () => input.click());
  stop.addEventListener("click", () => running?.cancel());
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.add("cs-over-it");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("cs-over-it"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.remove("cs-over-it");
    take(event.dataTransfer.files);
  });
  if (words.pasteLabel) root.append(pasteBox(words, send));
  const letKeysGo = keepKeys(root);
  el.append(root);
  return () => {
    letKeysGo();
    running?.cancel();
  };
}

export default { render };
