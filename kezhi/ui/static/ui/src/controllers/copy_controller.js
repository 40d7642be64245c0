// Copies a text: data-copy-text-value (or the source target's text); data-copy-done-value is said afterwards.
import { Controller } from "@hotwired/stimulus";
import { toast } from "../lib/post.js";

export default class extends Controller {
  static values = { text: String, done: String };
  static targets = ["source"];

  connect() {
    this.element.addEventListener("click", this.copy);
  }

  copy = async (event) => {
    if (this.hasSourceTarget && !event.target.closest("button")) return;
    const text = this.textValue || this.sourceTarget.value || this.sourceTarget.textContent.trim();
    try {
      await navigator.clipboard.writeText(text);
    } catch { // plain http has no clipboard
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    if (this.doneValue) toast(this.doneValue);
  };
}
