// The settings that the server put into the page: all texts, the actions that the
// viewer may do, the address to sign in at, what shows how a secret is used, and whether
// to ask for what others change.
export const { texts, may, signIn, publicUrl, commands, live } = JSON.parse(document.getElementById("settings").textContent);

// text returns the text with that key, its placeholders filled in.
export function text(key, values = {}) {
  return pieces(key, values).join("");
}

// fill makes the text with that key the content of element. The values are set apart,
// because they may be written in another direction and hold any character.
export function fill(element, key, values = {}) {
  element.replaceChildren(...pieces(key, values, apart));
  return element;
}

// apart returns an element that shows value unchanged, whatever characters it holds.
export function apart(value) {
  const element = document.createElement("bdi");
  element.textContent = value;
  return element;
}

// pieces returns the text with that key in parts; wrap makes those of the values.
export function pieces(key, values, wrap = String) {
  const split = texts[key].split(/\{(\w+)\}/);
  return split.map((piece, i) => (i % 2 ? wrap(values[piece]) : piece)).filter((piece) => piece !== "");
}
