import { text } from "./texts.js";

// The names of the fields of a token, in the order in which they are shown.
export const names = ["name", "description", "lifespan", "permissions"];

const form = document.querySelector("#form form");

export function readField(name) {
  if (name === "suspended") return form.elements[name].checked;
  const value = form.elements[name].value;
  return name === "name" || name === "description" ? value.trim() : value;
}

export function writeField(name, value) {
  if (name === "suspended") form.elements[name].checked = value;
  else form.elements[name].value = value;
}

// clearProblems removes the messages about the fields, and leaves their values.
export function clearProblems() {
  for (const name of names) sayProblem(name, "");
  for (const name of [...names, "suspended"]) sayStored(name, "");
}

export function sayProblem(name, problem) {
  note(name, "problem", problem);
  const element = document.getElementById(name);
  if (problem) element.setAttribute("aria-invalid", "true");
  else element.removeAttribute("aria-invalid");
}

export function sayStored(name, stored) {
  note(name, "stored", stored);
}

export function focusField(name) {
  const element = document.getElementById(name);
  (element.querySelector("input:checked, input") ?? element).focus();
}

// problemOf returns the problem of a field, or "". The server decides.
export function problemOf(name, value) {
  switch (name) {
    case "name":
      return value === "" ? text("problemMissing") : problemOfText(value, 255, /[\p{Cc}\p{Bidi_C}]/u);
    case "description":
      return problemOfText(value, 2000, /(?![\n\t])[\p{Cc}\p{Bidi_C}]/u);
  }
  return value === "" ? text("problemChoose") : "";
}

function problemOfText(value, limit, refused) {
  const count = [...value].length;
  if (count > limit) return text("problemTooLong", { limit, count });
  return refused.test(value) ? text("problemCharacters") : "";
}

function note(name, kind, said) {
  const element = document.getElementById(`${name}-${kind}`);
  if (element) element.textContent = said;
}
