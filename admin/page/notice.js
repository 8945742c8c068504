import { fill, signIn, text } from "./texts.js";

const place = document.getElementById("notice");
const progress = document.getElementById("progress");

// say shows a message about something that is under way.
export function say(key, values) {
  fill(progress, key, values);
}

export function hush() {
  progress.replaceChildren();
}

export function clearNotice() {
  const had = place.contains(document.activeElement);
  place.replaceChildren();
  if (had) document.querySelector("h1").focus();
}

// notice shows why there is no list, and how to get one. It takes the focus if it
// replaces an element that may have had it.
export function notice({ kind = "", title, explain = [], buttons = [] }) {
  const had = place.contains(document.activeElement);
  const section = document.getElementById("notice-template").content.cloneNode(true).firstElementChild;
  if (kind) section.classList.add(kind);
  section.querySelector("h2").textContent = text(title);
  section.querySelector(".explanation").append(...explain);
  section.querySelector(".buttons").append(...buttons);
  place.replaceChildren(section);
  if (had) section.querySelector("h2").focus();
}

export function paragraph(key, values) {
  return fill(document.createElement("p"), key, values);
}

export function command(line) {
  const code = document.createElement("code");
  code.textContent = line;
  const pre = document.createElement("pre");
  pre.append(code);
  return pre;
}

export function button(key, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text(key);
  element.addEventListener("click", act);
  return element;
}

export function buttonRow(...buttons) {
  const row = document.createElement("p");
  row.className = "buttons";
  row.append(...buttons);
  return row;
}

// explanation returns paragraphs that explain a refusal.
export function explanation(refusal) {
  switch (refusal.status) {
    case 0:
      return [paragraph("errorNetwork")];
    case 401:
      return [paragraph("errorSession"), ...signInLink()];
    case 403:
      return [paragraph(refusal.name === "ForbiddenError" ? "errorCrossOrigin" : "errorNotAllowed")];
    case 404:
      if (refusal.message !== "Transfer token not found") break; // something in front of the server has no such path
      return [paragraph("errorGone")];
    case 409:
    case 412:
      return [paragraph("errorChanged")];
    case 501:
      return [paragraph("disabledTitle")];
    case 502:
    case 503:
    case 504:
      return [paragraph("errorUnavailable")];
  }
  return [paragraph("errorUnexpected", { status: refusal.status })];
}

function signInLink() {
  if (!signIn) return [];
  const link = document.createElement("a");
  link.className = "button";
  link.href = signIn;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = text("signIn");
  const p = document.createElement("p");
  p.append(link);
  return [p];
}
