import { offerCopy } from "./copy.js";
import { commands, publicUrl, text } from "./texts.js";

let shown = 0; // the tab that was chosen last

// showUsage shows commands that use a secret, one tab for each client. A token that may
// not push has no command that does, and likewise for pull.
export function showUsage(place, { permissions }, secret, answers) {
  const offered = commands.filter((command) => permissions.some((direction) => command[direction]));
  if (offered.length === 0) return;
  place.append(document.getElementById("usage").content.cloneNode(true));
  const [list, panel] = ["tablist", "tabpanel"].map((role) => place.querySelector(`[role=${role}]`));
  const id = `usage-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  panel.id = id;
  const tabs = offered.map(({ name }, i) => {
    const tab = document.createElement("button");
    Object.assign(tab, { type: "button", role: "tab", id: `${id}-${i}`, textContent: name });
    tab.setAttribute("aria-controls", id);
    tab.addEventListener("click", () => choose(i));
    return tab;
  });
  list.append(...tabs);
  list.addEventListener("keydown", (event) => {
    const next = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!next) return;
    const step = document.documentElement.dir === "rtl" ? -next : next;
    choose((tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length);
    tabs[shown].focus();
  });

  function choose(chosen) {
    shown = chosen;
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === chosen);
      tab.tabIndex = i === chosen ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", tabs[chosen].id);
    const command = offered[chosen];
    panel.replaceChildren(...permissions.flatMap((direction) => line(command, direction, secret, answers)), ...note(command));
  }
  choose(Math.min(shown, tabs.length - 1));
}

const directions = { push: "usagePush", pull: "usagePull" };

function line(command, direction, secret, answers) {
  if (!command[direction]) return [];
  const part = document.getElementById("usage-line").content.cloneNode(true);
  part.querySelector(".direction").textContent = text(directions[direction]);
  const pre = part.querySelector("pre");
  const values = { secret, url: quote(publicUrl || ownUrl()) };
  pre.textContent = command[direction].replace(/\{(secret|url)\}/g, (_, name) => values[name])
    .replace(/\/[^/\s']+\/\.\.\//g, "/");
  const button = part.querySelector(".copy");
  button.setAttribute("aria-label", text("copyCommand", { client: command.name }));
  offerCopy(button, pre, answers);
  return [...part.children];
}

function note(command) {
  if (!command.note) return [];
  const element = document.createElement("p");
  element.className = "quiet note";
  element.textContent = command.note;
  return [element];
}

// ownUrl returns the address below which the host mounted the page.
function ownUrl() {
  return new URL("..", location.href).href.replace(/[?#].*/, "").replace(/\/$/, "");
}

// quote returns value as one word of a POSIX shell.
function quote(value) {
  return /^[\w.:/@%+~\[\]-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
