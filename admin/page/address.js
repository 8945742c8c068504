const pause = 250; // milliseconds: browsers limit how often an address changes
let timer;

// readAddress returns the filter and the order that the address has in its fragment,
// which no server gets to see.
export function readAddress() {
  const values = new URLSearchParams(location.hash.slice(1));
  return { filter: values.get("filter") ?? "", order: values.get("sort") ?? "" };
}

// writeAddress puts them there soon, so that a reload, a bookmark and a link keep them.
export function writeAddress({ filter, order }) {
  const values = new URLSearchParams();
  if (filter) values.set("filter", filter);
  if (order !== "name") values.set("sort", order);
  clearTimeout(timer);
  timer = setTimeout(() => {
    const fragment = values.size > 0 ? `#${values}` : "";
    history.replaceState(null, "", location.pathname + location.search + fragment);
  }, pause);
}
