// Theme and density change at once; the language needs the page again, so that one is posted as it stands.
import { Controller } from "@hotwired/stimulus";
import { post } from "../lib/post.js";

export default class extends Controller {
  static targets = ["form"];

  formTargetConnected(form) {
    form.addEventListener("submit", this.chosen);
  }

  chosen = (event) => {
    const { name, value } = event.submitter ?? {};
    if (name !== "theme" && name !== "density") return;
    event.preventDefault();
    const root = document.documentElement;
    if (name === "theme" && value === "auto") delete root.dataset.theme;
    else root.dataset[name] = value;
    for (const button of document.querySelectorAll(`.switches [name="${name}"]`)) button.setAttribute("aria-pressed", button.value === value);
    post(event.target.action, { [name]: value }, { "X-Kezhi-Script": "1" });
  };
}
