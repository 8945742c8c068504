import * as api from "./api.js";
import * as list from "./list.js";
import { button, clearNotice, command, explanation, hush, notice, paragraph, say } from "./notice.js";
import { may } from "./texts.js";
import { toast } from "./toast.js";

const create = document.getElementById("create");

// load fills the list. It starts again if a token was changed on this page meanwhile,
// because it may have read the token before that.
export async function load() {
  if (!may.read) {
    hush();
    notice({ title: "notAllowedTitle", explain: [paragraph("notAllowedText")] });
    return;
  }
  let tokens, state;
  try {
    do {
      state = list.state();
      tokens = await api.all((count) => say("loadingMore", { count }));
    } while (state !== list.state());
  } catch (refusal) {
    api.expectRefusal(refusal);
    hush();
    explainNoList(refusal);
    return;
  }
  hush();
  list.setAll(tokens);
  showWhetherEmpty();
}

export function loadAgain() {
  say("loading");
  create.hidden = !may.create;
  return load();
}

// showWhetherEmpty shows a notice if there are no tokens any more.
export function showWhetherEmpty() {
  if (!list.isWhole()) {
    loadAgain();
    return;
  }
  create.hidden = !may.create || list.isEmpty();
  if (!list.isEmpty()) {
    clearNotice();
    return;
  }
  list.hide();
  notice({
    kind: "first",
    title: "emptyTitle",
    explain: may.create
      ? [paragraph("emptyText"), document.getElementById("steps").content.cloneNode(true)]
      : [paragraph("emptyReadOnly")],
    buttons: may.create ? [createButton()] : [],
  });
}

function createButton() {
  const first = button("create", () => create.click());
  first.className = "primary";
  return first;
}

function explainNoList(refusal) {
  list.forget();
  const disabled = refusal.status === 501;
  if (disabled) create.hidden = true;
  notice({
    kind: disabled ? "warn" : "bad",
    title: disabled ? "disabledTitle" : "loadFailedTitle",
    explain: disabled
      ? [paragraph("disabledText"), command("openssl rand -base64 32"), paragraph("disabledHow")]
      : explanation(refusal),
    buttons: [button("tryAgain", loadAgain)],
  });
}

// drop removes a token from the list and says why.
export function drop({ id, name }, status) {
  list.drop(id);
  showWhetherEmpty();
  toast(status, { name });
}

export async function readAgain({ id }) {
  const token = await api.get(id);
  list.put(token);
  return token;
}

// catchUp brings the list up to date after a refusal. It returns a function to call if
// there is nothing left to decide.
export async function catchUp(token, refusal) {
  if (refusal.uncertain) load();
  if (![404, 409, 412].includes(refusal.status)) return null;
  try {
    await readAgain(token);
  } catch (again) {
    api.expectRefusal(again);
    if (again.status === 404) return () => drop(token, "statusGone");
  }
  return null;
}
