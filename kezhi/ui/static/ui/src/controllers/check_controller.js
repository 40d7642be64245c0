// Asks the server about one value while it is typed: data-check-url-value takes POST value, answers JSON {ok, message, value}.
// Targets: input, message (a `.field__error` / `.field__help` element).
import { Controller } from "@hotwired/stimulus";
import { post } from "../lib/post.js";

export default class extends Controller {
  static values = { url: String, wait: { type: Number, default: 350 } };
  static targets = ["input", "message"];

  connect() {
    this.inputTarget.addEventListener("input", this.later);
    this.inputTarget.addEventListener("blur", this.ask);
  }

  later = () => {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.ask, this.waitValue);
  };

  ask = async () => {
    clearTimeout(this.timer);
    const value = this.inputTarget.value.trim();
    if (value === this.asked) return;
    this.asked = value;
    if (!value) return this.show(true, "");
    try {
      const answer = await (await post(this.urlValue, { value })).json();
      if (this.inputTarget.value.trim() !== value) return;
      const left = document.activeElement !== this.inputTarget;
      if (answer.ok && answer.value && left) this.inputTarget.value = this.asked = answer.value;
      this.show(answer.ok, answer.message ?? "");
    } catch { /* without network the form's own check decides */ }
  };

  show(ok, message) {
    this.inputTarget.setAttribute("aria-invalid", String(!ok));
    this.messageTarget.textContent = message;
    this.messageTarget.hidden = !message;
    this.messageTarget.classList.toggle("danger", !ok);
  }
}
