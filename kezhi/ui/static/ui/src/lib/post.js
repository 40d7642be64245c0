// Posting as this page's reader, and reading the page's own facts and words.
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

export const csrfToken = () => meta("csrf-token");
export const userId = () => meta("user");

// Words a script shows come from the page, in the reader's language.
export function words(name, values = {}) {
  const text = document.getElementById("words")?.dataset[name] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export function post(url, body, headers = {}) {
  return fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-CSRFToken": csrfToken(), ...headers },
    body: body instanceof FormData || body instanceof URLSearchParams ? body : new URLSearchParams(body),
  });
}

// The events an answer carries in its HX-Trigger header, for requests htmx did not make itself.
export function triggered(header) {
  if (!header?.startsWith("{")) return;
  for (const [name, value] of Object.entries(JSON.parse(header))) document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { value } }));
}

// Somebody whose session ended is led to the sign-in page and back.
export function ledAway(answer) {
  const target = answer.headers.get("HX-Redirect");
  if (target) location.assign(target);
  return Boolean(target);
}

export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

export function toast(text, tone = "done", undo = "") {
  document.body.dispatchEvent(new CustomEvent("kezhi:toasts", { bubbles: true, detail: { value: [{ text, tone, undo }] } }));
}
