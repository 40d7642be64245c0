// Warns before a form that was changed is left. Not needed where autosave keeps a draft.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    this.element.addEventListener("input", this.changed);
    this.element.addEventListener("submit", this.sent);
    addEventListener("beforeunload", this.leaving);
  }

  disconnect() {
    removeEventListener("beforeunload", this.leaving);
  }

  changed = () => { this.dirty = true; };
  sent = () => { this.dirty = false; };
  leaving = (event) => { if (this.dirty) event.preventDefault(); };
}
