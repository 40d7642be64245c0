// Asks the server what it has to say to a form while it is typed (a possible duplicate). On the form: data-hint-url-value takes
// the form's fields; the answer's HTML goes into the target `place`. Target `record`: the id of the record being edited.
import { Controller } from "@hotwired/stimulus";
import { post } from "../lib/post.js";

const WAIT = 600;

export default class extends Controller {
  static values = { url: String };
  static targets = ["place", "record"];

  connect() {
    if (this.urlValue && this.hasPlaceTarget) this.element.addEventListener("input", this.later);
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  later = () => {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.ask, WAIT);
  };

  ask = async () => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(this.element)) {
      if (typeof value === "string" && value && !["initial", "csrfmiddlewaretoken"].includes(name)) body.append(name, value);
    }
    if (this.hasRecordTarget) body.append("record", this.recordTarget.value);
    const asked = body.toString();
    if (asked === this.asked) return;
    this.asked = asked;
    try {
      const answer = await post(this.urlValue, body, { "HX-Request": "true" });
      if (!answer.ok || this.asked !== asked) return;
      const text = await answer.text();
      if (text.trim() !== this.placeTarget.innerHTML.trim()) this.placeTarget.innerHTML = text;
    } catch { /* a hint is a courtesy */ }
  };
}
