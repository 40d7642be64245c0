// The sum of a payment plan while it is typed, and what is left put into its last instalment; the server works both out.
// On the form; POST its own address with act=sum answers with the sum, act=rest with the rows. The button works without this.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["rows", "sum"];

  connect() {
    this.element.addEventListener("input", this.typed);
    this.element.addEventListener("click", this.clicked);
    this.element.addEventListener("submit", this.sent);
  }

  disconnect() {
    this.sent();
    this.element.removeEventListener("input", this.typed);
    this.element.removeEventListener("click", this.clicked);
    this.element.removeEventListener("submit", this.sent);
  }

  sent = () => clearTimeout(this.timer);

  typed = (event) => {
    if (event.target.name !== "amount") return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.post("sum", this.sumTarget, "innerHTML"), 300);
  };

  clicked = async (event) => {
    if (event.target.closest("button[name=act]")?.value !== "rest") return;
    event.preventDefault();
    await this.post("rest", this.rowsTarget, "outerHTML");
    const filled = this.element.querySelector("[autofocus], [aria-invalid=true]");
    filled?.focus();
    filled?.dispatchEvent(new Event("input", { bubbles: true }));
  };

  post(act, target, swap) {
    clearTimeout(this.timer);
    const values = { act };
    for (const [name, value] of new FormData(this.element)) if (name !== "act") (values[name] ??= []).push(value);
    return window.htmx.ajax("POST", this.element.getAttribute("action"), { target, swap, source: target, values });
  }
}
