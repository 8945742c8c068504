import * as api from "./api.js";
import { Dialog } from "./dialog.js";
import { clearProblems, focusField, names, problemOf, readField, sayProblem, sayStored, writeField } from "./fields.js";
import { forgetLoss, warnOfLoss } from "./leave.js";
import { button, buttonRow, paragraph } from "./notice.js";
import { takeFromForm } from "./secret.js";
import { fill, text } from "./texts.js";
import { endAfter, endAndUse } from "./time.js";
import { typeOf } from "./type.js";

const dialog = new Dialog("form");
const regenerate = document.getElementById("form-regenerate");
const ends = document.getElementById("lifespan-ends");
const editable = ["name", "description", "permissions", "suspended"];

// The token that is edited, as it was when the fields were filled; null for a new one.
let edited;
let fields;
let told;

// openForm asks for a new token if token is null, or else for changes to it. It calls
// saved when the token is saved, changed when others have changed it, uncertain when
// it may or may not be saved, gone when it does not exist any more, and regenerate, if
// that is offered, when the viewer wants a new secret for it.
export function openForm(token, { saved, changed, uncertain, gone, regenerate: another = null }) {
  edited = token;
  told = { saved, changed, uncertain, gone, regenerate: another };
  fields = token ? editable : names;
  dialog.form.reset();
  clearProblems();
  document.getElementById("lifespan-field").hidden = token !== null;
  document.getElementById("suspended-field").hidden = token === null;
  document.getElementById("facts").hidden = token === null;
  regenerate.hidden = another === null;
  ends.textContent = "";
  if (token) {
    for (const name of fields) writeField(name, stored(name));
    sayFacts();
  } else {
    document.getElementById("form-title").textContent = text("formCreateTitle");
  }
  dialog.open("save", "saving");
  focusField("name");
}

regenerate.addEventListener("click", () => told.regenerate());
dialog.form.addEventListener("input", () => (isUnsaved() ? warnOfLoss(dialog) : forgetLoss(dialog)));
document.getElementById("lifespan").addEventListener("change", () => {
  const lifespan = readField("lifespan");
  ends.textContent = lifespan && endAfter(lifespan === "unlimited" ? null : Number(lifespan));
});

function isUnsaved() {
  return fields.some((name) => (edited ? touched(name) : readField(name) !== ""));
}

dialog.isUnsaved = isUnsaved;
dialog.closed = () => {
  forgetLoss(dialog);
  takeFromForm();
};

// adoptStored takes a token over as it is stored now. What the viewer has changed in the
// form stays.
export function adoptStored(now) {
  for (const name of editable) if (!touched(name)) writeField(name, stored(name, now));
  edited = now;
  sayFacts();
}

function sayFacts() {
  fill(document.getElementById("form-title"), "formEditTitle", { name: edited.name });
  document.getElementById("times").textContent = endAndUse(edited);
}

dialog.submit = async () => {
  dialog.clearError();
  clearProblems();
  const found = fields.map((name) => [name, problemOf(name, readField(name))]).filter(([, problem]) => problem);
  if (found.length > 0) return sayProblems(found);
  try {
    const token = await (edited ? update() : create());
    return () => told.saved(token);
  } catch (refusal) {
    api.expectRefusal(refusal);
    return explain(refusal);
  }
};

function create() {
  const lifespan = readField("lifespan");
  return api.create({
    name: readField("name"),
    description: readField("description"),
    lifespan: lifespan === "unlimited" ? null : Number(lifespan),
    permissions: readField("permissions").split(" "),
  });
}

// update sends only the fields that differ, so that changes of others to the rest stay.
function update() {
  const changes = {};
  for (const name of editable.filter(touched)) changes[name] = readField(name);
  if (changes.permissions) changes.permissions = changes.permissions.split(" ");
  return Object.keys(changes).length > 0 ? api.update(edited, changes) : edited;
}

// stored returns the value of a token's field. A text field has line ends of its own.
function stored(name, token = edited) {
  switch (name) {
    case "permissions":
      return token.permissions.join(" ");
    case "suspended":
      return token.suspended;
  }
  return token[name].replaceAll("\r\n", "\n");
}

function touched(name) {
  return readField(name) !== stored(name);
}

// explain returns a function to call if nothing is left to decide, or else null.
async function explain(refusal) {
  if (edited && (refusal.status === 409 || refusal.status === 412)) return compare();
  if (refusal.name === "ApplicationError") return sayProblems([["name", text("problemTaken")]]);
  const problems = refusal.problems.map(({ path, message }) => [path[0], message]);
  const found = problems.filter(([name]) => fields.includes(name));
  if (found.length > 0) return sayProblems(found);
  if (refusal.status === 404) told.gone(edited);
  if (refusal.uncertain) told.uncertain();
  dialog.sayRefusal(refusal, paragraph("errorKept"));
  return null;
}

function sayProblems(found) {
  for (const [name, problem] of found) sayProblem(name, problem);
  dialog.sayError(paragraph("problemsFound"));
  focusField(found[0][0]);
  return null;
}

// compare shows the stored values beside the fields that the viewer has changed. Other
// fields get the stored values. If everything that the viewer typed is stored, it was
// saved, and only the answer was lost.
async function compare() {
  let now;
  try {
    now = await api.get(edited.id);
  } catch (refusal) {
    api.expectRefusal(refusal);
    return explain(refusal);
  }
  if (editable.filter(touched).every((name) => readField(name) === stored(name, now))) return () => told.saved(now);
  for (const name of editable.filter(touched)) {
    if (readField(name) !== stored(name, now)) sayStored(name, storedNow(name, now));
  }
  adoptStored(now);
  told.changed(now);
  dialog.sayError(paragraph("conflictText"), buttonRow(button("conflictTake", take)));
  return null;
}

function storedNow(name, token) {
  const shown = { permissions: typeOf(token), suspended: text(token.suspended ? "stateSuspended" : "stateActive") };
  const value = shown[name] ?? token[name];
  return value === "" ? text("conflictStoredNothing") : text("conflictStored", { value });
}

function take() {
  for (const name of editable) writeField(name, stored(name));
  clearProblems();
  dialog.clearError();
  focusField("name");
}
