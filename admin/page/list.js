import { readAddress, writeAddress } from "./address.js";
import { sayEnding } from "./ending.js";
import { fold, matches } from "./match.js";
import { compare, offerOrders, order, setOrder } from "./order.js";
import { Row } from "./row.js";
import { text } from "./texts.js";

const section = document.getElementById("list");
const table = section.querySelector("table");
const body = section.querySelector("tbody");
const filter = document.getElementById("filter");
const shown = document.getElementById("shown");
const none = document.getElementById("none");
const more = document.getElementById("more");

const step = 100; // rows that are shown at once, and then at a time

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
  // Not afterwards, when the filter has it: Firefox then scrolls to the filter, later.
  if (had) (next ?? document.querySelector("h1")).focus();
  tokens.delete(id);
  rows.delete(id);
  show();
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

// focus moves to the row of a token, or to the top if the list does not show it.
export function focus(id) {
  const row = rows.get(id);
  if (row?.elements[0].isConnected) row.focus();
  else document.querySelector("h1").focus();
}

// differences returns the names of the tokens that differ from those of the list. A use
// is no difference.
export function differences(all) {
  const known = all.filter(({ id }) => tokens.has(id));
  const ids = new Set(all.map(({ id }) => id));
  const names = (some) => some.map(({ name }) => name);
  return {
    added: names(all.filter(({ id }) => !tokens.has(id))),
    changed: names(known.filter(({ id, revision }) => revision !== tokens.get(id).revision)),
    removed: names([...tokens.values()].filter(({ id }) => !ids.has(id))),
  };
}

function show() {
  version++;
  if (!whole) return;
  section.hidden = false;
  const focused = body.contains(document.activeElement) ? document.activeElement : null;
  const wanted = fold(filter.value.trim());
  const matching = [...tokens.values()].filter((token) => matches(token, wanted)).sort(compare);
  const visible = matching.slice(0, limit);
  body.replaceChildren(...visible.flatMap((token) => rowOf(token).elements));
  // Taking a row out and putting it back loses the focus.
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  else if (focused) filter.focus();
  more.hidden = visible.length === matching.length;
  const noMatch = matching.length === 0 && tokens.size > 0;
  none.hidden = !noMatch;
  table.hidden = noMatch;
  shown.textContent = noMatch ? "" : text("shown", { shown: visible.length, total: tokens.size });
  sayEnding([...tokens.values()], filterBy);
}

function rowOf(token) {
  if (!rows.has(token.id)) rows.set(token.id, new Row(token, actions));
  return rows.get(token.id);
}

function showFromTheTop() {
  limit = step;
  writeAddress({ filter: filter.value.trim(), order: order() });
  show();
}

function filterBy(words) {
  filter.value = words;
  showFromTheTop();
  filter.focus();
}

function takeAddress() {
  const address = readAddress();
  filter.value = address.filter;
  setOrder(address.order);
}

takeAddress();
window.addEventListener("hashchange", () => {
  takeAddress();
  limit = step;
  show();
});
filter.addEventListener("input", showFromTheTop);
document.getElementById("clear").addEventListener("click", () => filterBy(""));
offerOrders(showFromTheTop);
more.addEventListener("click", () => {
  const before = body.querySelectorAll(".name").length;
  limit += step;
  show();
  body.querySelectorAll(".name")[before].focus();
});
setInterval(() => {
  rows.forEach((row) => row.showTimes());
  if (whole) sayEnding([...tokens.values()], filterBy);
}, 60_000);
