import { fill, text } from "./texts.js";

const place = document.getElementById("secrets");

// A secret must not come back from the cache that the browser keeps for its back
// button.
window.addEventListener("pagehide", () => place.replaceChildren());

// showSecret shows the secret of a token at the top until the viewer is done with
// it, in place of one that the token had before. It is kept in the document alone:
// no input that the browser would restore.
export function showSecret({ id, name }, secret) {
  place.querySelector(`[data-id="${id}"]`)?.remove();
  const section = document.getElementById("secret").content.cloneNode(true).firstElementChild;
  const title = fill(section.querySelector("h2"), "secretTitle", { name });
  section.setAttribute("aria-label", title.textContent);
  section.dataset.id = id;
  const code = section.querySelector("code");
  code.textContent = secret;
  const answer = section.querySelector(".copy-answer");
  section.querySelector(".copy").addEventListener("click", async () => {
    const copied = await copy(secret);
    if (!copied) select(code);
    answer.textContent = text(copied ? "copied" : "copyRefused");
  });
  section.querySelector(".hide").addEventListener("click", () => {
    section.remove();
    document.querySelector("h1").focus();
  });
  place.prepend(section);
  title.focus();
}

async function copy(secret) {
  try {
    await navigator.clipboard.writeText(secret);
    return true;
  } catch { // not allowed, or not there because the page came over plain HTTP
    return false;
  }
}

function select(element) {
  element.focus();
  window.getSelection().selectAllChildren(element);
}
