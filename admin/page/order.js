import { typeOf } from "./type.js";

const collator = new Intl.Collator(undefined, { numeric: true });
const byName = (x, y) => collator.compare(x.name, y.name);
const before = (x, y) => (x < y ? -1 : Number(x > y));

// The orders by column. Time goes from early to late; never comes first for a use, and
// last for an end.
const orders = {
  name: byName,
  type: (x, y) => collator.compare(typeOf(x), typeOf(y)),
  created: (x, y) => before(x.createdAt, y.createdAt),
  lastUsed: (x, y) => before(x.lastUsedAt ?? "", y.lastUsedAt ?? ""),
  expires: (x, y) => before(x.expiresAt ?? "~", y.expiresAt ?? "~"), // ~ comes after all digits
};

const latestFirst = ["created", "lastUsed"];
const buttons = [...document.querySelectorAll("[data-sort]")];
let column = "name";
let descending = false;

// compare orders two tokens as the viewer chose; those that are equal by their names.
export function compare(x, y) {
  const order = orders[column](x, y);
  return (descending ? -order : order) || byName(x, y);
}

// order returns the order as the address has it: a column, with - in front if it is
// descending.
export function order() {
  return descending ? `-${column}` : column;
}

export function setOrder(value) {
  const [, minus, name] = value.match(/^(-?)(\w*)$/) ?? [];
  descending = Object.hasOwn(orders, name ?? "") && minus === "-";
  column = Object.hasOwn(orders, name ?? "") ? name : "name";
  mark();
}

// offerOrders calls changed when the viewer chose another order.
export function offerOrders(changed) {
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const { sort } = button.dataset;
      descending = sort === column ? !descending : latestFirst.includes(sort);
      column = sort;
      mark();
      changed();
    });
  }
  mark();
}

function mark() {
  for (const button of buttons) {
    const header = button.closest("th");
    if (button.dataset.sort === column) header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else header.removeAttribute("aria-sort");
  }
}
