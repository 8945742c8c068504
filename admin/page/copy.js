import { text } from "./texts.js";

const flipped = 2000; // milliseconds

// offerCopy makes button copy what element shows. It calls done when that was copied, by
// the button or by hand. Where the browser refuses, it calls refused and selects the
// text, so that the viewer can copy it.
export function offerCopy(button, element, { done, refused }) {
  let timer;
  button.addEventListener("click", async () => {
    if (!await write(element.textContent)) {
      select(element);
      refused();
      return;
    }
    button.textContent = text("copiedMark");
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = text("copy"); }, flipped);
    done();
  });
  element.addEventListener("copy", done);
}

async function write(line) {
  try {
    await navigator.clipboard.writeText(line);
    return true;
  } catch { // not allowed, or not there because the page came over plain HTTP
    return false;
  }
}

function select(element) {
  element.focus();
  window.getSelection().selectAllChildren(element);
}
