// Keeps what is typed as a draft on this device and brings it back.
// On the form: data-autosave-key-value. Target `note`: shows its data-saved / data-restored words; `discard`: a button, hidden until restored.
import { Controller } from "@hotwired/stimulus";
import * as drafts from "../lib/drafts.js";

export default class extends Controller {
  static values = { key: String };
  static targets = ["note", "discard"];

  connect() {
    this.remember = this.remember.bind(this);
    this.forget = this.forget.bind(this);
    this.element.addEventListener("input", this.remember);
    this.element.addEventListener("change", this.remember);
    this.element.addEventListener("kezhi:kept", this.forget);
    this.element.addEventListener("htmx:afterRequest", this.answered);
    this.element.addEventListener("submit", this.submitted);
    this.restore();
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  restore() {
    const draft = drafts.read(this.keyValue);
    if (!draft) return;
    const failed = this.element.querySelector("[aria-invalid=true]");
    if (failed) return; // the server sent back what was typed
    const outdated = (draft.version ?? "") !== drafts.version(this.element);
    if (draft.sentAt || outdated) return drafts.drop(this.keyValue); // it was sent and taken, or the record has moved on
    drafts.fill(this.element, draft.fields);
    this.say("restored");
    this.discardTargets.forEach((button) => { button.hidden = false; });
  }

  remember(event) {
    if (!event.isTrusted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { drafts.write(this.keyValue, this.element); this.say("saved"); }, 400);
  }

  submitted = () => {
    clearTimeout(this.timer);
    drafts.markSent(this.keyValue);
  };

  answered = (event) => {
    if (event.detail.elt !== this.element) return;
    const status = event.detail.xhr?.status ?? 0;
    if (status >= 200 && status < 300) this.forget();
    else drafts.write(this.keyValue, this.element);
  };

  forget() {
    clearTimeout(this.timer);
    drafts.drop(this.keyValue);
  }

  discard() {
    this.forget();
    this.element.reset();
    this.say("");
    this.discardTargets.forEach((button) => { button.hidden = true; });
  }

  say(what) {
    for (const note of this.noteTargets) note.textContent = what ? note.dataset[what] ?? "" : "";
  }
}
