// Moves between the cells of a table that can be edited ([data-edit], tabindex -1) with the arrow keys; one of them is reached by Tab.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    this.element.addEventListener("keydown", this.key);
    this.element.addEventListener("focusin", this.focused);
    this.cells[0]?.setAttribute("tabindex", "0");
  }

  get cells() {
    return [...this.element.querySelectorAll("[data-edit]")].filter((cell) => cell.offsetParent);
  }

  focused = (event) => {
    const cell = event.target.closest("[data-edit]");
    if (!cell || cell !== event.target) return;
    this.element.querySelectorAll("[data-edit][tabindex='0']").forEach((other) => other.setAttribute("tabindex", "-1"));
    cell.setAttribute("tabindex", "0");
  };

  key = (event) => {
    const cell = event.target;
    if (!cell.matches("[data-edit]") || event.altKey || event.ctrlKey || event.metaKey) return;
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!across && !down) return;
    event.preventDefault();
    const cells = across ? [...cell.parentElement.querySelectorAll("[data-edit]")] : this.cells.filter((one) => one.cellIndex === cell.cellIndex);
    cells[cells.indexOf(cell) + (across ?? down)]?.focus();
  };
}
