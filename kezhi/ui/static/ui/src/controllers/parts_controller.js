// The parts of a record page below 1280 px, as tabs. On .record with data-tab; tabs have data-part.
// parts#edit on a link to a fact opens that fact for editing.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  show(event) {
    event.preventDefault();
    this.open(event.currentTarget.dataset.part);
  }

  open(part) {
    this.element.dataset.tab = part;
    for (const tab of this.element.querySelectorAll("[data-part]")) {
      if (tab.dataset.part === part) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  edit(event) {
    const fact = document.querySelector(event.currentTarget.getAttribute("href"));
    if (!fact) return;
    event.preventDefault();
    this.open("facts");
    fact.scrollIntoView({ block: "nearest" });
    fact.dispatchEvent(new CustomEvent("kezhi:edit", { bubbles: true }));
  }
}
