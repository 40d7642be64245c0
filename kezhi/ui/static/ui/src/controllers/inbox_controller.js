// The inbox stays where the reader is: after an act the next line is the current one, and what has just come appears
// by itself unless lines are chosen. On #inbox. data-inbox-url-value: the address of what is shown.
import { Controller } from "@hotwired/stimulus";

let place = -1;

export default class extends Controller {
  static values = { url: String };

  connect() {
    document.body.addEventListener("kezhi:arrived", this.arrived);
    this.element.addEventListener("htmx:beforeRequest", this.leave);
    if (place < 0) return;
    const rows = this.rows;
    const next = rows[Math.min(place, rows.length - 1)];
    place = -1;
    if (!next) return;
    next.setAttribute("data-current", "");
    next.querySelector("a[href], button")?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    document.body.dispatchEvent(new CustomEvent("kezhi:pulse"));
  }

  disconnect() {
    document.body.removeEventListener("kezhi:arrived", this.arrived);
  }

  get rows() {
    return [...this.element.querySelectorAll("[data-row]")];
  }

  leave = (event) => {
    const row = event.target.closest?.("[data-row]") ?? this.element.querySelector("[data-row][data-current], [data-row]:has(:checked)");
    place = Math.max(0, this.rows.indexOf(row));
  };

  arrived = () => {
    if (this.element.querySelector(":checked") || document.querySelector("dialog[open]") || !this.urlValue) return;
    const current = this.rows.indexOf(this.element.querySelector("[data-row][data-current]"));
    window.htmx.ajax("GET", this.urlValue, { target: "#inbox", select: "#inbox", swap: "outerHTML" }).then(() => {
      if (current >= 0) document.querySelectorAll("#inbox [data-row]")[current]?.setAttribute("data-current", "");
    });
  };
}
