import { button, buttonRow, explanation, paragraph } from "./notice.js";
import { text } from "./texts.js";

// A Dialog asks for something and sends it. It stays open, with everything that was
// typed, until that has been sent or the viewer cancels.
export class Dialog {
  #dialog;
  #form;
  #error;
  #submit;
  #labels;
  #busy = false;

  // submit is called when the viewer confirms. It returns a function to call when the
  // dialog has closed, or null if the dialog has to stay.
  submit = async () => null;

  // isUnsaved reports whether closing loses something. The dialog asks before that.
  isUnsaved = () => false;

  // closed is called when the dialog has closed.
  closed = () => {};

  constructor(id) {
    this.#dialog = document.getElementById(id);
    this.#form = this.#dialog.querySelector("form");
    this.#error = this.#dialog.querySelector(".error");
    this.#submit = this.#dialog.querySelector("[type=submit]");
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#leave();
    });
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // a browser closes a dialog whose cancel event was prevented before
      this.#leave();
    });
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.querySelector(".cancel").addEventListener("click", () => this.#leave());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  get form() { return this.#form; }

  open(label, busyLabel) {
    this.#labels = { label, busyLabel };
    this.#submit.textContent = text(label);
    this.clearError();
    this.#dialog.showModal();
  }

  close() { this.#dialog.close(); }

  // sayError shows elements above the fields.
  sayError(...elements) {
    this.#say("bad", elements);
  }

  clearError() { this.#error.replaceChildren(); }

  sayRefusal(refusal, ...more) {
    this.sayError(...explanation(refusal), ...(refusal.uncertain ? [paragraph("errorUnknownOutcome")] : []), ...more);
  }

  #say(kind, elements) {
    this.#error.classList.toggle("warn", kind === "warn");
    this.#error.replaceChildren(...elements);
    this.#error.scrollIntoView({ block: "nearest" });
  }

  #leave() {
    if (this.#busy) return;
    if (!this.isUnsaved()) {
      this.close();
      return;
    }
    const before = this.#dialog.contains(document.activeElement) ? document.activeElement : this.#submit;
    const keep = button("keepEditing", () => {
      this.clearError();
      before.focus();
    });
    const discard = button("discard", () => this.close());
    discard.className = "danger";
    this.#say("warn", [paragraph("unsavedText"), buttonRow(keep, discard)]);
    keep.focus();
  }

  async #send() {
    if (this.#busy) return;
    this.#wait(true);
    try {
      const next = await this.submit();
      if (next) {
        this.close();
        next();
      } else if (!this.#dialog.open) {
        this.#dialog.showModal();
      }
    } finally {
      this.#wait(false);
    }
  }

  // #closed keeps the dialog open while it is busy, because Escape, pressed twice,
  // closes any dialog. The element that had the focus before may be gone.
  #closed() {
    const { activeElement } = document;
    if (this.#busy) {
      this.#dialog.showModal();
      return;
    }
    if (activeElement === document.body || this.#dialog.contains(activeElement)) document.querySelector("h1").focus();
    this.closed();
  }

  #wait(busy) {
    this.#busy = busy;
    this.#submit.setAttribute("aria-disabled", busy);
    this.#submit.textContent = text(busy ? this.#labels.busyLabel : this.#labels.label);
  }
}
