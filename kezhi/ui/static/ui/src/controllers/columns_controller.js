// Chooses and orders columns: a list of checkboxes whose order in the form is the order of the columns.
// Targets: item, handle (a button; arrow keys move the item). data-columns-moved-value: words with {name} {place}.
import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/post.js";

export default class extends Controller {
  static values = { moved: String };
  static targets = ["item", "handle"];

  async connect() {
    this.element.addEventListener("keydown", this.key);
    const { default: Sortable } = await import("sortablejs");
    this.sortable = Sortable.create(this.itemTargets[0]?.parentElement ?? this.element, { handle: "[data-columns-target=handle]", animation: 90, onEnd: () => this.changed() });
  }

  disconnect() {
    this.sortable?.destroy();
  }

  key = (event) => {
    const handle = event.target.closest("[data-columns-target=handle]");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!handle || !step) return;
    event.preventDefault();
    const item = handle.closest("[data-columns-target=item]");
    const items = this.itemTargets;
    const other = items[items.indexOf(item) + step];
    if (!other) return;
    if (step < 0) other.before(item); else other.after(item);
    handle.focus();
    announce(this.movedValue.replace("{name}", item.textContent.trim()).replace("{place}", this.itemTargets.indexOf(item) + 1));
    this.changed();
  };

  changed() {
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
