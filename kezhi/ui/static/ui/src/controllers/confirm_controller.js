// Asks before an act that is hard to take back: data-confirm="the question" on a form or button (hx-confirm too).
// data-confirm-label names the act; data-confirm-danger makes it red.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["dialog", "text", "act"];

  connect() {
    document.addEventListener("submit", this.submitted, true);
    document.addEventListener("htmx:confirm", this.htmx);
  }

  disconnect() {
    document.removeEventListener("submit", this.submitted, true);
    document.removeEventListener("htmx:confirm", this.htmx);
  }

  submitted = async (event) => {
    const source = event.submitter?.dataset.confirm ? event.submitter : event.target;
    if (!source.dataset.confirm || event.target.hasAttribute("hx-post") || this.agreed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await this.ask(source.dataset.confirm, source, event.submitter))) return;
    this.agreed = true;
    event.target.requestSubmit(event.submitter);
    this.agreed = false;
  };

  htmx = async (event) => {
    const question = event.detail.question || event.detail.elt.dataset?.confirm;
    if (!question) return;
    event.preventDefault();
    if (await this.ask(question, event.detail.elt)) event.detail.issueRequest(true);
  };

  ask(question, source, submitter = null) {
    this.textTarget.textContent = question;
    this.actTarget.textContent = source.dataset.confirmLabel || (submitter ?? source.querySelector?.("button[type=submit], button:not([type])") ?? source).textContent.trim();
    this.actTarget.classList.toggle("btn--destroy", "confirmDanger" in source.dataset);
    this.actTarget.classList.toggle("btn--action", !("confirmDanger" in source.dataset));
    this.dialogTarget.returnValue = "";
    this.dialogTarget.showModal();
    return new Promise((done) => this.dialogTarget.addEventListener("close", () => done(this.dialogTarget.returnValue === "yes"), { once: true }));
  }
}
