import * as api from "./api.js";
import { confirm } from "./confirm.js";
import { openForm } from "./form.js";
import * as list from "./list.js";
import { catchUp, drop, load, loadAgain, readAgain, showWhetherEmpty } from "./load.js";
import { hush, say } from "./notice.js";
import { showSecret } from "./secret.js";
import { may } from "./texts.js";

function openCreate() {
  openForm(null, {
    saved: ({ accessKey, ...token }) => issued(token, accessKey),
    uncertain: load,
  });
}

function issued(token, secret) {
  if (may.read) {
    list.put(token);
    showWhetherEmpty();
  }
  hush();
  showSecret(token, secret);
}

function openUpdate(token) {
  openForm(token, {
    saved: (now) => {
      list.put(now);
      showWhetherEmpty();
      say("statusSaved", { name: now.name });
    },
    changed: list.put,
    uncertain: load,
    gone: (token) => drop(token, "statusGone"),
  });
}

function openRegenerate(token) {
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
        issued(current(), accessKey);
        readAgain(token).catch(load);
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
