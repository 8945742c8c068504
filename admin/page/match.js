import { stateWords } from "./status.js";
import { typeOf } from "./type.js";

// matches reports whether a token has the folded text wanted in what the list shows of it.
export function matches(token, wanted) {
  const values = [token.name, token.description, typeOf(token), token.createdBy, token.hint, token.id,
    ...stateWords(token)];
  return values.some((value) => fold(value).includes(wanted));
}

// fold returns value without marks, compatibility forms and case, which people type in
// several ways. In upper case i, ı and İ are one letter.
export function fold(value) {
  return value.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase();
}
