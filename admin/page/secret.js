import { offerCopy } from "./copy.js";
import { forgetLoss, warnOfLoss } from "./leave.js";
import { fill, text } from "./texts.js";
import { endSentence } from "./time.js";
import { showUsage } from "./usage.js";

const place = document.getElementById("secrets");
const inForm = document.getElementById("form-secrets");
const unfolded = 2; // panels that are shown whole

// A secret must not come back from the cache that the browser keeps for its back
// button.
window.addEventListener("pagehide", () => {
  for (const panel of panels()) remove(panel);
});

// showSecret shows the secret of a token at the top of the page, or of the form, until
// the viewer is done with it, in place of one that the token had before. It is kept in
// the document alone: no input that the browser would restore. done is called with the
// token's ID when the viewer is done.
export function showSecret(token, secret, { done, above = "page" }) {
  for (const panel of panels()) if (panel.dataset.id === token.id) remove(panel);
  const panel = document.getElementById("secret").content.cloneNode(true).firstElementChild;
  const title = fill(panel.querySelector("h2"), "secretTitle", { name: token.name });
  panel.setAttribute("aria-label", title.textContent);
  panel.dataset.id = token.id;
  const code = panel.querySelector("code");
  code.textContent = secret;
  const answers = copyAnswers(panel);
  offerCopy(panel.querySelector(".copying .copy"), code, answers);
  showUsage(panel.querySelector(".usage"), token, secret, answers);
  panel.querySelector(".unfold").addEventListener("click", () => fold(panel, false));
  panel.querySelector(".hide").addEventListener("click", () => {
    remove(panel);
    done(token.id);
  });
  (above === "form" ? inForm : place).prepend(panel);
  warnOfLoss(panel);
  foldOld();
  title.focus();
}

// sayEnd says beside the secret of a token when it ends.
export function sayEnd(token) {
  for (const panel of panels()) {
    if (panel.dataset.id === token.id) panel.querySelector(".ends").textContent = endSentence(token);
  }
}

// takeFromForm moves the secrets that the form shows to the top of the page.
export function takeFromForm() {
  const taken = [...inForm.children];
  place.prepend(...taken);
  foldOld();
  taken[0]?.querySelector("h2").focus();
}

function panels() {
  return [...place.children, ...inForm.children];
}

function remove(panel) {
  panel.remove();
  forgetLoss(panel);
}

function copyAnswers(panel) {
  const answer = panel.querySelector(".copy-answer");
  const say = (key, refused) => {
    answer.textContent = text(key);
    answer.classList.toggle("refused", refused);
  };
  return {
    done: () => {
      say("copied", false);
      forgetLoss(panel);
    },
    refused: () => say("copyRefused", true),
  };
}

function foldOld() {
  [...place.children].forEach((panel, i) => { if (i >= unfolded) fold(panel, true); });
}

function fold(panel, folded) {
  const button = panel.querySelector(".unfold");
  panel.querySelector(".fold").hidden = folded;
  button.hidden = !folded;
  if (!folded) panel.querySelector("h2").focus();
}
