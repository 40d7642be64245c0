// A form that is sent with a passkey's answer: data-passkey-ask-value is where the question comes from,
// data-passkey-act-value "make" or "use". Where the browser knows no passkeys, the "offer" target stays hidden and the
// "none" target says so. The sentences come as data-passkey-…-value.
import { Controller } from "@hotwired/stimulus";
import { isOffered, makePasskey, usePasskey } from "../lib/passkeys.js";
import { ledAway, post, words } from "../lib/post.js";

export default class extends Controller {
  static values = { ask: String, act: String, cancelled: String, known: String, failed: String };
  static targets = ["answer", "problem", "offer", "none", "button"];

  connect() {
    const offered = isOffered();
    for (const part of this.offerTargets) part.hidden = !offered;
    for (const part of this.noneTargets) part.hidden = offered;
  }

  async submit(event) {
    if (this.answerTarget.value) return;
    event.preventDefault();
    if (this.isAsking) return;
    this.isAsking = true;
    this.say("");
    this.buttonTarget.ariaBusy = "true";
    try {
      const answer = await post(this.askValue, new FormData(this.element));
      if (ledAway(answer)) return;
      const asked = await answer.json();
      if (!answer.ok) return this.say(asked.problem ?? this.failedValue);
      this.answerTarget.value = await (this.actValue === "make" ? makePasskey(asked) : usePasskey(asked));
      this.element.requestSubmit();
    } catch (problem) {
      this.say(this.sentence(problem));
    } finally {
      this.isAsking = false;
      this.buttonTarget.ariaBusy = null;
    }
  }

  sentence(problem) {
    if (problem instanceof TypeError) return words("unreachable");
    if (["NotAllowedError", "AbortError"].includes(problem.name)) return this.cancelledValue;
    if (problem.name === "InvalidStateError" && this.knownValue) return this.knownValue;
    return this.failedValue;
  }

  say(sentence) {
    this.problemTarget.textContent = sentence;
    this.problemTarget.hidden = !sentence;
  }
}
