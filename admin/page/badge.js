// badge returns a word that stands out by a colour of its kind, which style.css has.
export function badge(kind, word) {
  const element = document.createElement("span");
  element.className = `badge ${kind}`;
  element.textContent = word;
  return element;
}
