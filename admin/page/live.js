import * as api from "./api.js";
import * as list from "./list.js";
import { showWhetherEmpty } from "./load.js";
import { apart, live, may, pieces, text } from "./texts.js";

const line = document.getElementById("live");
const minute = 60_000;
const most = 3; // names in a sentence
let last = Date.now();
let asking = false;

// follow shows what others change, as long as somebody looks at the page.
export function follow() {
  if (!live || !may.read) return;
  setInterval(catchUp, minute);
  document.addEventListener("visibilitychange", () => { if (Date.now() - last >= minute) catchUp(); });
}

async function catchUp() {
  if (document.hidden || asking || !list.isWhole()) return;
  asking = true;
  last = Date.now();
  try {
    const state = list.state();
    const tokens = await api.all(() => {});
    if (state !== list.state()) return; // it may have been read before the change on this page
    const changes = list.differences(tokens);
    list.setAll(tokens);
    if (Object.values(changes).some((names) => names.length > 0)) {
      showWhetherEmpty();
      say(changes);
    }
  } catch (refusal) {
    api.expectRefusal(refusal); // the next action says why
  } finally {
    asking = false;
  }
}

function say({ added, changed, removed }) {
  const sentences = [["liveAdded", added], ["liveChanged", changed], ["liveRemoved", removed]];
  const said = sentences.filter(([, names]) => names.length > 0);
  line.replaceChildren(text("liveTitle"), ...said.flatMap(([key, names]) => [" ", ...pieces(key, { names }, shortened)]));
}

function shortened(names) {
  const shown = document.createElement("span");
  shown.append(...names.slice(0, most).flatMap((name, i) => (i > 0 ? [", ", apart(name)] : [apart(name)])));
  if (names.length > most) shown.append(" …");
  return shown;
}
