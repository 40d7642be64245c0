// The offline outbox: keeps a form's post on this device and sends it once the network is back, each one once.
// The server knows an item by its `client_key`; sending one twice must do no harm there.
import { csrfToken, userId } from "./post.js";
import * as store from "./store.js";

const LEASE = 60_000; // another tab that died while sending gives its item back after this
let flushing = null;

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function mine() {
  return (await store.all()).filter((item) => item.user === userId());
}

export async function keep(form, submitter) {
  const data = new FormData(form, submitter);
  data.delete("csrfmiddlewaretoken");
  const key = data.get("client_key");
  await store.put({
    key,
    user: userId(),
    url: submitter?.getAttribute("formaction") || form.getAttribute("hx-post") || form.action,
    page: location.href,
    title: form.dataset.offlineQueue,
    fields: [...data],
    savedAt: Date.now(),
    state: "waiting",
    message: "",
    lease: 0,
  });
  changed();
  return key;
}

export async function discard(key) {
  await store.remove(key);
  changed();
}

export const find = (key) => store.get(key);

export function flush() {
  flushing ??= sendAll().finally(() => { flushing = null; });
  return flushing;
}

async function sendAll() {
  let sent = 0;
  for (const item of await mine()) {
    if (item.state === "refused" || item.lease > Date.now()) continue;
    const outcome = await send(item);
    if (outcome === "sent") sent += 1;
    if (outcome === "unreachable") break;
  }
  changed();
  if (sent) dispatchEvent(new CustomEvent("kezhi:outbox-sent", { detail: { sent } }));
}

async function send(item) {
  await store.put({ ...item, state: "sending", lease: Date.now() + LEASE });
  changed();
  const body = new FormData();
  for (const [name, value] of item.fields) body.append(name, value);
  let answer;
  try {
    answer = await fetch(item.url, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-CSRFToken": csrfToken(), "X-Kezhi-Outbox": "1" },
    });
  } catch {
    return settle(item, "waiting", "", "unreachable");
  }
  return judge(item, answer);
}

async function judge(item, answer) {
  const target = answer.headers.get("HX-Redirect") || "";
  const signIn = document.querySelector("[data-outbox-sign-in-url-value]")?.dataset.outboxSignInUrlValue;
  if (answer.status === 401 || answer.status === 403 || (signIn && target.startsWith(signIn))) return settle(item, "locked", "", "unreachable");
  if (answer.status === 429 || answer.status >= 500) return settle(item, "waiting", "", "unreachable");
  const problem = answer.status === 204 ? "" : await complaint(answer);
  if (answer.ok && !problem) {
    await store.remove(item.key);
    return "sent";
  }
  return settle(item, "refused", problem || String(answer.status), "refused");
}

// The server's own words: JSON `detail`, or what its page shows as an alert or at a field.
async function complaint(answer) {
  const text = await answer.text();
  if ((answer.headers.get("Content-Type") || "").includes("json")) {
    try { return answer.ok ? "" : JSON.parse(text).detail || ""; } catch { return ""; }
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const found = [...page.querySelectorAll("[role=alert], .field__error")].map((part) => part.textContent.trim().replace(/\s+/g, " "));
  return [...new Set(found)].join(" ") || (answer.ok ? "" : page.body.textContent.trim().slice(0, 200));
}

async function settle(item, state, message, outcome) {
  await store.put({ ...item, state, message, lease: 0 });
  changed();
  return outcome;
}

export function changed() {
  dispatchEvent(new CustomEvent("kezhi:outbox"));
}
