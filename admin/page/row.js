import { offerMenu } from "./menu.js";
import { apart, pieces, text } from "./texts.js";
import { exactly, exactlyOrNever, exactlyOrUnlimited, expiry, onDay, use } from "./time.js";
import { scope } from "./type.js";

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
    for (const button of this.#buttons()) {
      const act = actions[button.dataset.action];
      if (act) button.addEventListener("click", () => act(this.#token));
      else button.remove();
    }
    const more = this.#find(".menu-button");
    if (actions.regenerate || actions.delete) {
      offerMenu(more, () => this.#menu(actions), (action) => actions[action](this.#token));
    } else {
      more.remove();
    }
    this.show(token);
  }

  get elements() { return this.#details ? [this.#row, this.#details] : [this.#row]; }

  show(token) {
    this.#token = token;
    this.#find(".name").replaceChildren(apart(token.name));
    this.#find(".description").replaceChildren(...(token.description ? [apart(token.description)] : []));
    this.#find("th").setAttribute("aria-label", token.name);
    this.#find(".under").replaceChildren(...under(token));
    this.#find(".type").replaceChildren(...scope(token));
    this.#find(".created").replaceChildren(onDay(token.createdAt));
    for (const button of this.#buttons()) button.setAttribute("aria-label", this.#label(button.dataset.action));
    this.#find(".menu-button")?.setAttribute("aria-label", text("moreNamed", { name: token.name }));
    this.showTimes();
    if (this.#details) this.#fillDetails();
  }

  // showTimes updates the texts that depend on the present time.
  showTimes() {
    this.#find(".last-used").replaceChildren(...use(this.#token));
    this.#find(".expiry").replaceChildren(expiry(this.#token));
  }

  focus() { this.#find(".name").focus(); }

  // #buttons returns those for the actions, of which the style sheet shows as many as fit.
  #buttons() { return this.#row.querySelectorAll(".actions > [data-action]"); }

  #find(selector) { return this.#row.querySelector(selector); }

  #label(action) { return text(labels[action], { name: this.#token.name }); }

  #menu(actions) {
    const menu = clone("menu");
    menu.setAttribute("aria-label", text("moreNamed", { name: this.#token.name }));
    for (const item of menu.querySelectorAll("[data-action]")) {
      const { action } = item.dataset;
      item.setAttribute("aria-label", this.#label(action));
      if (!actions[action]) item.remove();
    }
    return menu;
  }

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

// under returns what tells tokens of similar names apart: the last characters of the
// secret, and who made it.
function under({ hint, createdBy }) {
  const parts = [hint && pieces("hint", { hint }, apart), createdBy && pieces("by", { name: createdBy }, apart)];
  return parts.filter(Boolean).flatMap((part, i) => (i > 0 ? [" · ", ...part] : part));
}

function clone(id) {
  return document.getElementById(id).content.cloneNode(true).firstElementChild;
}
