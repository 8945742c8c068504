import { serverNow } from "./api.js";
import { text } from "./texts.js";

const day = 86_400_000; // milliseconds
const soon = 7 * day;
const long = 90 * day;

export function isOver(token) {
  return token.expiresAt !== null && new Date(token.expiresAt) <= serverNow();
}

export function endsSoon(token) {
  return token.expiresAt !== null && !isOver(token) && new Date(token.expiresAt) - serverNow() <= soon;
}

// isUnused reports whether nobody has used a token for so long that it may not be
// needed any more.
export function isUnused(token) {
  return serverNow() - new Date(token.lastUsedAt ?? token.createdAt) >= long;
}

export function isSuspended(token) {
  return token.suspended;
}

const states = [["stateSuspended", isSuspended], ["stateExpired", isOver], ["stateSoon", endsSoon], ["stateUnused", isUnused]];

// stateWords returns the words for what there is to know about a token at present.
export function stateWords(token) {
  return states.filter(([, applies]) => applies(token)).map(([key]) => text(key));
}
