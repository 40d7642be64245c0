// Shows the parts of a form that belong to a choice: on the form data-depends-name-value names the control; parts carry
// data-depends="text number" with the values they belong to.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static values = { name: String };

  connect() {
    this.element.addEventListener("change", this.apply);
    this.apply();
  }

  apply = () => {
    const chosen = this.element.querySelector(`[name="${this.nameValue}"]:checked, select[name="${this.nameValue}"], input[type=hidden][name="${this.nameValue}"]`)?.value;
    for (const part of this.element.querySelectorAll("[data-depends]")) part.hidden = !part.dataset.depends.split(" ").includes(chosen);
  };
}
