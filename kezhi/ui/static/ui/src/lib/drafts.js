// Drafts of forms in localStorage, per person; gone at sign-out, and once the form was taken.
import { userId } from "./post.js";

const PREFIX = "kezhi-draft:";
const SKIPPED = new Set(["csrfmiddlewaretoken", "client_key", "version"]);
const name = (key) => `${PREFIX}${userId()}:${key}`;

// The record's version the form was opened with: an old draft must not be laid over what somebody saved since.
export const version = (form) => form.elements.version?.value ?? "";

export function read(key) {
  try { return JSON.parse(localStorage.getItem(name(key))); } catch { return null; }
}

export function write(key, form) {
  const fields = [...new FormData(form)].filter(([field, value]) => typeof value === "string" && !SKIPPED.has(field) && form.elements[field]?.type !== "password");
  try { localStorage.setItem(name(key), JSON.stringify({ fields, version: version(form), at: Date.now() })); } catch { /* storage is full or off: no draft */ }
}

// A plain post leaves the page: if the form comes back without errors the draft was taken.
export function markSent(key) {
  const draft = read(key);
  if (draft) localStorage.setItem(name(key), JSON.stringify({ ...draft, sentAt: Date.now() }));
}

export function drop(key) {
  localStorage.removeItem(name(key));
}

export function fill(form, fields) {
  const boxes = form.querySelectorAll("input[type=checkbox], input[type=radio]");
  for (const box of boxes) if (!SKIPPED.has(box.name)) box.checked = fields.some(([field, value]) => field === box.name && value === box.value);
  for (const [field, value] of fields) {
    const control = form.elements[field];
    if (control instanceof Element && !["checkbox", "radio", "file"].includes(control.type)) {
      if (control.tomselect) control.tomselect.setValue(value, true);
      control.value = value;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}

export function forgetAtSignOut() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]")) return;
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    navigator.serviceWorker?.controller?.postMessage("forget");
  });
}
