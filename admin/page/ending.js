import { button } from "./notice.js";
import { endsSoon } from "./status.js";
import { text } from "./texts.js";

const place = document.getElementById("ending");
let said = 0;

// sayEnding says above the list how many tokens end soon. show is called when the viewer
// wants to see them, with the text to filter by.
export function sayEnding(tokens, show) {
  const count = tokens.filter(endsSoon).length;
  if (count === said) return;
  said = count;
  if (count === 0) {
    place.replaceChildren();
    return;
  }
  const line = document.createElement("p");
  line.className = "notice warn line";
  const words = document.createElement("span");
  words.textContent = count === 1 ? text("endingOne") : text("endingMany", { count });
  line.append(words, button("endingShow", () => show(text("stateSoon"))));
  place.replaceChildren(line);
}
