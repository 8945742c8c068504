import { text } from "./texts.js";

// typeOf returns the text for the permissions of a token.
export function typeOf({ permissions }) {
  const [push, pull] = ["push", "pull"].map((permission) => permissions.includes(permission));
  if (push && pull) return text("typeFullAccess");
  if (push) return text("typePush");
  return text(pull ? "typePull" : "typeNone");
}
