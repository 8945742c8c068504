import { apart, text } from "./texts.js";
import { agoOrNever, exactly, exactlyOrNever, exactlyOrUnlimited, expiry, onDay } from "./time.js";
import { typeOf } from "./type.js";

// The labels of the buttons, which name the token of their row.
const labels = { update: "editNamed", regenerate: "regenerateNamed", delete: "deleteNamed" };

// A Row shows one token, and its details when they are asked for.
export class Row {
  #row = clone("row");
  #details = null;
  #token;

  // actions maps the names of the actions that the viewer may do to functions that
  // take a token.
  constructor(token, actions) {
    this.#find(".name").addEventListener("click", () => this.#toggle());
    for (const button of this.#buttons) {
      const act = actions[button.dataset.action];
      if (act) button.addEventListener("click", () => act(this.#token));
      else button.remove();
    }
    this.show(token);
  }

  get elements() { return this.#details ? [this.#row, this.#details] : [this.#row]; }

  show(token) {
    this.#token = token;
    this.#find(".name").replaceChildren(apart(token.name));
    this.#find(".description").replaceChildren(...(token.description ? [apart(token.description)] : []));
    this.#find(".type").textContent = typeOf(token);
    this.#find(".created").replaceChildren(onDay(token.createdAt));
    for (const button of this.#buttons) {
      button.setAttribute("aria-label", text(labels[button.dataset.action], { name: token.name }));
    }
    this.showTimes();
    if (this.#details) this.#fillDetails();
  }

  // showTimes updates the texts that depend on the present time.
  showTimes() {
    this.#find(".last-used").replaceChildren(agoOrNever(this.#token.lastUsedAt));
    this.#find(".expiry").replaceChildren(expiry(this.#token));
  }

  get #buttons() { return this.#row.querySelectorAll("[data-action]"); }

  #find(selector) { return this.#row.querySelector(selector); }

  #toggle() {
    const open = this.#details === null;
    this.#find(".name").setAttribute("aria-expanded", open);
    this.#row.classList.toggle("open", open);
    if (!open) {
      this.#details.remove();
      this.#details = null;
      return;
    }
    this.#details = clone("details");
    this.#fillDetails();
    this.#row.after(this.#details);
  }

  #fillDetails() {
    const token = this.#token;
    const details = {
      ".whole-description": token.description && apart(token.description),
      ".created": exactly(token.createdAt),
      ".last-used": exactlyOrNever(token.lastUsedAt),
      ".expiry": exactlyOrUnlimited(token),
      ".updated": exactly(token.updatedAt),
      ".created-by": token.createdBy && apart(token.createdBy),
      ".hint": token.hint && apart(token.hint),
      ".id": token.id,
    };
    for (const [selector, value] of Object.entries(details)) {
      const element = this.#details.querySelector(selector);
      element.replaceChildren(value);
      element.parentElement.hidden = value === "";
    }
  }
}

function clone(id) {
  return document.getElementById(id).content.cloneNode(true).firstElementChild;
}
