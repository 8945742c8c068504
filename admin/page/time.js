import { serverNow } from "./api.js";
import { badge } from "./badge.js";
import { endsSoon, isOver, isUnused } from "./status.js";
import { text, texts } from "./texts.js";

// Dates have the format of the viewer's browser, words the language of the texts.
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const longDay = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const words = new Intl.RelativeTimeFormat(texts.lang, { numeric: "always" });

const minute = 60_000; // milliseconds
const aDay = 24 * 60 * minute;
const units = [["year", 365 * aDay], ["day", aDay], ["hour", 60 * minute], ["minute", minute], ["second", 1000]];

export function onDay(iso) {
  return timeElement(iso, day.format(new Date(iso)));
}

export function exactly(iso) {
  return timeElement(iso, exact.format(new Date(iso)));
}

// use returns elements that say when a token was used last, and whether that is long ago.
export function use(token) {
  const element = document.createElement("span");
  element.className = "words";
  element.append(token.lastUsedAt === null ? text("never") : timeElement(token.lastUsedAt, distance(token.lastUsedAt)));
  return isUnused(token) ? [element, " ", badge("idle", text("stateUnused"))] : [element];
}

// endSentence returns a sentence that says when a token ends.
export function endSentence({ expiresAt }) {
  return expiresAt === null ? text("endsNever") : text("endsOn", { date: longDay.format(new Date(expiresAt)) });
}

// endAfter returns such a sentence for a token that is created now.
export function endAfter(lifespan) {
  return endSentence({ expiresAt: lifespan === null ? null : serverNow() + lifespan });
}

// endAndUse returns a line that says when a token ends and when it was used last.
export function endAndUse(token) {
  const date = () => day.format(new Date(token.expiresAt));
  const end = token.expiresAt === null
    ? text("factUnlimited")
    : text(isOver(token) ? "factExpired" : "factExpires", { date: date(), when: distance(token.expiresAt) });
  const use = token.lastUsedAt === null ? text("factUnused") : text("factUsed", { when: distance(token.lastUsedAt) });
  return `${end} · ${use}`;
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
  const over = isOver(token);
  if (over) element.classList.add("badge", "over");
  else if (endsSoon(token)) element.classList.add("badge", "soon");
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
