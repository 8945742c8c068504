import { badge } from "./badge.js";
import { text } from "./texts.js";

const names = { push: "typePush", pull: "typePull", full: "typeFullAccess", none: "typeNone" };

// typeOf returns the text for the permissions of a token.
export function typeOf(token) {
  return text(names[kindOf(token)]);
}

// scope returns badges for the permissions of a token, and for its suspension.
export function scope(token) {
  const type = badge(kindOf(token), typeOf(token));
  return token.suspended ? [type, " ", badge("held", text("stateSuspended"))] : [type];
}

function kindOf({ permissions }) {
  const [push, pull] = ["push", "pull"].map((permission) => permissions.includes(permission));
  if (push && pull) return "full";
  if (push) return "push";
  return pull ? "pull" : "none";
}
