// Warns of words that should not be promised while a form is typed. data-unkeepable-words-value: a JSON list of them.
// Targets: notice (hidden while there are none), words (where those found are named). The server looks again.
import { Controller } from "@hotwired/stimulus";

const plain = (text) => text.toLowerCase().replace(/\s+/g, "");

export default class extends Controller {
  static values = { words: Array };
  static targets = ["notice", "words"];

  connect() { this.element.addEventListener("input", this.look); this.look(); }
  disconnect() { this.element.removeEventListener("input", this.look); }

  look = () => {
    const fields = this.element.querySelectorAll("textarea, input[type=text], input:not([type])");
    const text = [...fields].map((field) => plain(field.value)).join("\n");
    const found = this.wordsValue.filter((word) => text.includes(plain(word)));
    const told = found.join(" · ");
    if (this.wordsTarget.textContent !== told) this.wordsTarget.textContent = told;
    this.noticeTarget.hidden = !found.length;
  };
}
