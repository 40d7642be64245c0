// Shows a masked value on request; the server records who asked. data-reveal-url-value takes a POST and answers with the value.
import { Controller } from "@hotwired/stimulus";
import { ledAway, post, toast, words } from "../lib/post.js";

export default class extends Controller {
  static values = { url: String };
  static targets = ["value", "button"];

  async show() {
    this.buttonTarget.ariaBusy = "true";
    try {
      const answer = await post(this.urlValue, {}, { "HX-Request": "true" });
      if (answer.ok) {
        this.valueTarget.innerHTML = await answer.text();
        this.buttonTarget.remove();
        return;
      }
      if (ledAway(answer)) return;
      const events = answer.headers.get("HX-Trigger");
      toast(events ? JSON.parse(events)["kezhi:toasts"]?.[0]?.text ?? words("refused") : words("refused"), "danger");
    } catch {
      toast(words("unreachable"), "danger");
    }
    this.buttonTarget.ariaBusy = null;
  }
}
