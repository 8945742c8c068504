import * as api from "./api.js";
import { confirm } from "./confirm.js";
import { adoptStored, openForm } from "./form.js";
import * as list from "./list.js";
import { follow } from "./live.js";
import { catchUp, drop, load, loadAgain, readAgain, showWhetherEmpty } from "./load.js";
import { sayEnd, showSecret } from "./secret.js";
import { may } from "./texts.js";
import { clearToast, toast } from "./toast.js";

function openCreate() {
  openForm(null, {
    saved: ({ accessKey, ...token }) => {
      issued(token, accessKey);
      sayEnd(token);
    },
    uncertain: load,
  });
}

function issued(token, secret, above) {
  if (may.read) {
    list.put(token);
    showWhetherEmpty();
  }
  clearToast();
  showSecret(token, secret, { above, done: list.focus });
}

function openUpdate(token) {
  openForm(token, {
    saved: (now) => {
      list.put(now);
      showWhetherEmpty();
      toast("statusSaved", { name: now.name });
    },
    changed: list.put,
    uncertain: load,
    gone: (token) => drop(token, "statusGone"),
    regenerate: may.regenerate ? () => openRegenerate(token, "form") : null,
  });
}

// openRegenerate shows the new secret above the list, or above the form if the viewer
// edits the token.
function openRegenerate(token, above = "page") {
  const current = () => list.find(token.id) ?? token;
  confirm({
    current,
    title: "regenerateTitle",
    explain: "regenerateText",
    label: "regenerate",
    busyLabel: "regenerating",
    act: async () => {
      const { accessKey } = await api.regenerate(current());
      return () => {
        issued(current(), accessKey, above);
        readAgain(token).then((now) => {
          sayEnd(now);
          if (above === "form") adoptStored(now);
        }, load);
      };
    },
    refused: (refusal) => catchUp(token, refusal),
  });
}

function openDelete(token) {
  const current = () => list.find(token.id) ?? token;
  confirm({
    current,
    title: "deleteTitle",
    explain: "deleteText",
    label: "delete",
    busyLabel: "deleting",
    act: async () => {
      await api.remove(current());
      return () => drop(current(), "statusDeleted");
    },
    refused: (refusal) => catchUp(token, refusal),
  });
}

const actions = { update: openUpdate, regenerate: openRegenerate, delete: openDelete };
list.offer(Object.fromEntries(Object.entries(actions).filter(([action]) => may[action])));
document.getElementById("create").addEventListener("click", openCreate);
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) loadAgain(); });
loadAgain();
follow();
