// Forms marked `data-offline-queue="title"`: posted as usual while there is network, kept on this device when there is none.
import { toast, words } from "./post.js";
import { discard, find, flush, keep, newKey } from "./outbox.js";

const SELECTOR = "form[data-offline-queue]";

export function prepare(root) {
  const forms = root.matches?.(SELECTOR) ? [root] : root.querySelectorAll?.(SELECTOR) ?? [];
  for (const form of forms) {
    if (!form.elements.client_key) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "client_key" }));
    form.elements.client_key.value ||= newKey();
  }
}

async function keepAndSay(form, submitter) {
  await keep(form, submitter);
  const said = document.getElementById("outbox-kept").content.cloneNode(true);
  form.reset();
  form.elements.client_key.value = newKey();
  form.querySelector("[data-outbox-kept]")?.remove();
  const place = document.createElement("div");
  place.dataset.outboxKept = "";
  place.append(said);
  form.prepend(place);
  place.scrollIntoView({ block: "center" }); // the button may be far below the beginning of the form
  form.dispatchEvent(new CustomEvent("kezhi:kept", { bubbles: true }));
}

// Fill a form again from an item that the server refused (the list's "open" leads here).
async function restore() {
  const key = new URLSearchParams(location.search).get("outbox");
  const item = key && (await find(key));
  if (!item) return;
  const form = [...document.querySelectorAll(SELECTOR)].find((one) => sameAddress(one, item.url));
  if (!form) return;
  for (const [name, value] of item.fields) fill(form, name, value);
  form.elements.client_key.value = item.key;
  form.querySelector("textarea, input:not([type=hidden])")?.focus();
}

function sameAddress(form, url) {
  const target = form.getAttribute("hx-post") || form.action;
  return new URL(target, location.href).href === new URL(url, location.href).href;
}

function fill(form, name, value) {
  const fields = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
  for (const field of fields) {
    if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
    else if (field.type !== "file") field.value = value;
  }
}

async function submitted(event) {
  const form = event.target;
  if (!form.matches?.(SELECTOR) || event.defaultPrevented) return;
  prepare(form);
  const byHtmx = form.hasAttribute("hx-post");
  if (byHtmx && navigator.onLine) return; // htmx sends it; a lost connection comes back as htmx:sendError
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  if (!navigator.onLine) return keepAndSay(form, submitter);
  try {
    const answer = await fetch(submitter?.getAttribute("formaction") || form.action, {
      method: "POST",
      body: new FormData(form, submitter),
      credentials: "same-origin",
      headers: { "X-Kezhi-Outbox": "1" },
    });
    if (answer.status === 401) { // the session ended: kept here, and sent after signing in again
      await keep(form, submitter);
      location.assign(document.querySelector("[data-outbox-sign-in-url-value]")?.dataset.outboxSignInUrlValue || location.href);
    } else if (answer.ok || answer.status === 409 || answer.status === 422) await taken(form, answer);
    else toast(words("refused"), "danger");
  } catch {
    await keepAndSay(form, submitter);
  }
}

async function taken(form, answer) {
  const target = answer.headers.get("HX-Redirect");
  if (target) {
    await discard(form.elements.client_key.value);
    location.assign(target);
    return;
  }
  // The form again with its errors: show the page the server sent, as a plain post would.
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title || document.title;
  const [old, fresh] = [document.getElementById("main"), page.getElementById("main")];
  if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  else document.body.replaceWith(document.adoptNode(page.body));
  window.htmx.process(document.body);
  prepare(document);
}

export function start() {
  prepare(document);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("htmx:load", (event) => prepare(event.target));
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest?.(SELECTOR);
      if (form) keepAndSay(form, null);
    });
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.(SELECTOR);
    const status = event.detail.xhr?.status ?? 0;
    if (form && status >= 200 && status < 300) discard(form.elements.client_key?.value ?? "");
  });
  restore();
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && navigator.onLine) flush(); });
  setInterval(() => { if (navigator.onLine) flush(); }, 60_000);
  if (navigator.onLine) flush();
}
