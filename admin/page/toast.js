import { fill } from "./texts.js";

const element = document.getElementById("toast");
const inSight = 6000; // milliseconds
let timer;

// toast says for some seconds what has been done, wherever the viewer has scrolled to.
// After that the message is left for screen readers.
export function toast(key, values) {
  fill(element, key, values);
  element.className = "shown";
  clearTimeout(timer);
  timer = setTimeout(() => { element.className = "unseen"; }, inSight);
}

export function clearToast() {
  clearTimeout(timer);
  element.className = "";
  element.replaceChildren();
}
