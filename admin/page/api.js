// Refusal is the answer to a request that failed. Its status is 0 if there was none.
export class Refusal extends Error {
  constructor(status, error = {}) {
    super(error.message ?? `status ${status}`);
    this.status = status;
    this.name = error.name ?? "";
    this.problems = error.details?.errors ?? [];
  }

  // Whether a write may have taken effect nevertheless.
  get uncertain() {
    return this.status !== 501 && (this.status < 400 || this.status >= 500);
  }
}

// expectRefusal throws any other error again, because it is a mistake of the page.
export function expectRefusal(error) {
  if (!(error instanceof Refusal)) throw error;
}

// The clock of the server minus that of the browser, in milliseconds.
let ahead = 0;

export function serverNow() {
  return Date.now() + ahead;
}

const page = 1000;

// all returns all tokens. After each page it calls progress with their number so far.
export async function all(progress) {
  const tokens = [];
  for (let after = ""; ;) {
    const more = await ask("GET", `tokens?view=full&limit=${page}${after}`);
    tokens.push(...more);
    if (more.length < page) {
      return tokens;
    }
    progress(tokens.length);
    after = `&after=${more.at(-1).id}`;
  }
}

export function get(id) {
  return ask("GET", `tokens/${id}?view=full`);
}

export function create(token) {
  return ask("POST", "tokens?view=full", { body: token });
}

// The writes below take effect only if nobody else changed the token.

export function update(token, changes) {
  return ask("PUT", `tokens/${token.id}?view=full`, { body: changes, revision: token.revision });
}

export function regenerate(token) {
  return ask("POST", `tokens/${token.id}/regenerate`, { revision: token.revision });
}

export function remove(token) {
  return ask("DELETE", `tokens/${token.id}`, { revision: token.revision });
}

async function ask(method, path, { body, revision } = {}) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (revision) headers["If-Match"] = `"${revision}"`;
  let response, answer;
  try {
    body &&= JSON.stringify(body);
    response = await fetch(path, { method, headers, body, cache: "no-store", redirect: "manual" });
    answer = await response.text();
  } catch {
    throw new Refusal(0);
  }
  if (response.type === "opaqueredirect") throw new Refusal(401); // to a login of the host
  try {
    answer = JSON.parse(answer);
  } catch {
    answer = null;
  }
  if (!response.ok || answer?.data === undefined) throw new Refusal(response.status, answer?.error);
  const date = Date.parse(response.headers.get("Date"));
  if (date) ahead = date - Date.now();
  return answer.data;
}
