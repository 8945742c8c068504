import { Row } from "./row.js";
import { text } from "./texts.js";
import { typeOf } from "./type.js";

const section = document.getElementById("list");
const body = section.querySelector("tbody");
const filter = document.getElementById("filter");
const sort = document.getElementById("sort");
const shown = document.getElementById("shown");
const more = document.getElementById("more");

const step = 100; // rows that are shown at once, and then at a time
const collator = new Intl.Collator(undefined, { numeric: true });

const byName = (x, y) => collator.compare(x.name, y.name);
const orders = {
  name: byName,
  created: (x, y) => compare(y.createdAt, x.createdAt) || byName(x, y),
  lastUsed: (x, y) => compare(y.lastUsedAt ?? "", x.lastUsedAt ?? "") || byName(x, y),
  expires: (x, y) => compare(x.expiresAt ?? "~", y.expiresAt ?? "~") || byName(x, y), // ~ comes after all digits
};

const tokens = new Map(); // by ID
let whole = false; // whether tokens holds all there are
const rows = new Map(); // by ID: those that have been shown
let limit = step;
let version = 0;
let actions = {};

export function offer(all) {
  actions = all;
  section.toggleAttribute("data-read-only", Object.keys(all).length === 0);
}

// state returns a number that changes whenever a token does.
export function state() {
  return version;
}

export function isWhole() {
  return whole;
}

export function isEmpty() {
  return tokens.size === 0;
}

export function find(id) {
  return tokens.get(id);
}

export function setAll(all) {
  tokens.clear();
  for (const token of all) tokens.set(token.id, token);
  for (const id of rows.keys()) if (!tokens.has(id)) rows.delete(id);
  for (const [id, row] of rows) row.show(tokens.get(id));
  whole = true;
  show();
}

export function put(token) {
  tokens.set(token.id, token);
  rows.get(token.id)?.show(token);
  show();
}

// drop removes a row. If the row had the focus, the next one gets it.
export function drop(id) {
  const visible = [...body.querySelectorAll(".name")];
  const elements = rows.get(id)?.elements ?? [];
  const had = elements.some((element) => element.contains(document.activeElement));
  const next = visible[visible.findIndex((name) => elements[0]?.contains(name)) + 1];
  tokens.delete(id);
  rows.delete(id);
  show();
  if (had) (next ?? document.querySelector("h1")).focus();
}

export function hide() {
  section.hidden = true;
}

// forget hides the list when the tokens cannot be read, because some of them must not
// look like all.
export function forget() {
  whole = false;
  hide();
}

function show() {
  version++;
  if (!whole) return;
  section.hidden = false;
  const focused = body.contains(document.activeElement) ? document.activeElement : null;
  const wanted = fold(filter.value.trim());
  const matching = [...tokens.values()].filter((token) => matches(token, wanted)).sort(orders[sort.value]);
  const visible = matching.slice(0, limit);
  body.replaceChildren(...visible.flatMap((token) => rowOf(token).elements));
  // Taking a row out and putting it back loses the focus.
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  else if (focused) filter.focus();
  more.hidden = visible.length === matching.length;
  const noMatch = matching.length === 0 && tokens.size > 0;
  shown.textContent = noMatch ? text("noMatch") : text("shown", { shown: visible.length, total: tokens.size });
}

function matches(token, wanted) {
  const values = [token.name, token.description, typeOf(token), token.createdBy, token.hint, token.id];
  return values.some((value) => fold(value).includes(wanted));
}

// fold returns value without marks, compatibility forms and case, which people type in
// several ways. In upper case i, ı and İ are one letter.
function fold(value) {
  return value.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase();
}

function rowOf(token) {
  if (!rows.has(token.id)) rows.set(token.id, new Row(token, actions));
  return rows.get(token.id);
}

function compare(x, y) {
  return x < y ? -1 : Number(x > y);
}

function showFromTheTop() {
  limit = step;
  show();
}

filter.addEventListener("input", showFromTheTop);
sort.addEventListener("change", showFromTheTop);
more.addEventListener("click", () => {
  const before = body.querySelectorAll(".name").length;
  limit += step;
  show();
  body.querySelectorAll(".name")[before].focus();
});
setInterval(() => rows.forEach((row) => row.showTimes()), 60_000);
