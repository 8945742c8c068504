import * as api from "./api.js";
import { Dialog } from "./dialog.js";
import { clearProblems, focusField, names, problemOf, readField, sayProblem, sayStored, writeField } from "./fields.js";
import { button, paragraph } from "./notice.js";
import { fill, text } from "./texts.js";
import { typeOf } from "./type.js";

const dialog = new Dialog("form");
const editable = ["name", "description", "permissions"];

// The token that is edited, as it was when the fields were filled; null for a new one.
let edited;
let fields;
let told;

// openForm asks for a new token if token is null, or else for changes to it. It calls
// saved when the token is saved, changed when others have changed it, uncertain when
// it may or may not be saved, and gone when it does not exist any more.
export function openForm(token, { saved, changed, uncertain, gone }) {
  edited = token;
  told = { saved, changed, uncertain, gone };
  fields = token ? editable : names;
  dialog.form.reset();
  clearProblems();
  document.getElementById("lifespan-field").hidden = token !== null;
  document.getElementById("lifespan-fixed").hidden = token === null;
  if (token) {
    for (const name of fields) writeField(name, stored(name));
    fill(document.getElementById("form-title"), "formEditTitle", { name: token.name });
  } else {
    document.getElementById("form-title").textContent = text("formCreateTitle");
  }
  dialog.open("save", "saving");
  focusField("name");
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
  return name === "permissions" ? token.permissions.join(" ") : token[name].replaceAll("\r\n", "\n");
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
  for (const name of editable) {
    if (!touched(name)) writeField(name, stored(name, now));
    else if (readField(name) !== stored(name, now)) sayStored(name, storedNow(name, now));
  }
  edited = now;
  told.changed(now);
  dialog.sayError(paragraph("conflictText"), button("conflictTake", take));
  return null;
}

function storedNow(name, token) {
  const value = name === "permissions" ? typeOf(token) : token[name];
  return value === "" ? text("conflictStoredNothing") : text("conflictStored", { value });
}

function take() {
  for (const name of editable) writeField(name, stored(name));
  clearProblems();
  dialog.clearError();
  focusField("name");
}
