import { serverNow } from "./api.js";
import { text, texts } from "./texts.js";

// Dates have the format of the viewer's browser, words the language of the texts.
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const words = new Intl.RelativeTimeFormat(texts.lang, { numeric: "always" });

const minute = 60_000; // milliseconds
const aDay = 24 * 60 * minute;
const units = [["year", 365 * aDay], ["day", aDay], ["hour", 60 * minute], ["minute", minute], ["second", 1000]];
const soon = 3 * aDay;

export function onDay(iso) {
  return timeElement(iso, day.format(new Date(iso)));
}

export function exactly(iso) {
  return timeElement(iso, exact.format(new Date(iso)));
}

export function agoOrNever(iso) {
  return iso === null ? text("never") : timeElement(iso, distance(iso));
}

export function exactlyOrNever(iso) {
  return iso === null ? text("never") : exactly(iso);
}

export function exactlyOrUnlimited(token) {
  return token.expiresAt === null ? text("unlimited") : exactly(token.expiresAt);
}

// expiry returns an element that says when a token expires, in words and in colour.
export function expiry(token) {
  const element = document.createElement("span");
  element.className = "words";
  if (token.expiresAt === null) {
    element.textContent = text("unlimited");
    return element;
  }
  const left = new Date(token.expiresAt) - serverNow();
  const over = left <= 0;
  if (over) element.classList.add("over");
  else if (left <= soon) element.classList.add("soon");
  element.append(timeElement(token.expiresAt, text(over ? "expired" : "expires", { when: distance(token.expiresAt) })));
  return element;
}

// distance returns the time from now to iso in words, such as "in 3 days".
function distance(iso) {
  const apart = new Date(iso) - serverNow();
  const [unit, size] = units.find(([, size]) => Math.abs(apart) >= 0.95 * size) ?? units.at(-1);
  const count = Math.max(1, Math.round(Math.abs(apart) / size));
  return words.format(apart > 0 ? count : -count, unit);
}

function timeElement(iso, shown) {
  const element = document.createElement("time");
  element.dateTime = iso;
  element.title = exact.format(new Date(iso));
  element.textContent = shown;
  return element;
}
