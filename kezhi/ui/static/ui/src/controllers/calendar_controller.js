// Puts entries of a calendar on other days: drag (SortableJS, loaded when needed) or Alt + arrows on an entry's link (left/right a day, up/down a week).
// data-calendar-url-value takes POST key, to (YYYY-MM-DD) and answers with the calendar, which replaces this element.
// Targets: day (the list, data-day). Entries: data-entry (their key), data-movable where they can be moved.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static values = { url: String };
  static targets = ["day"];

  async connect() {
    this.element.addEventListener("keydown", this.key);
    if (matchMedia("(max-width: 719px)").matches) return;
    const { default: Sortable } = await import("sortablejs");
    if (!this.element.isConnected) return;
    this.sortables = this.dayTargets.map((list) => Sortable.create(list, {
      group: "calendar",
      sort: false,
      draggable: "[data-entry]",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onEnd: ({ item, from, to }) => { if (from !== to) this.send(item.dataset.entry, to.dataset.day); },
    }));
  }

  disconnect() {
    this.sortables?.forEach((sortable) => sortable.destroy());
    this.element.removeEventListener("keydown", this.key);
  }

  key = (event) => {
    const entry = event.target.closest("[data-entry]");
    const days = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!entry || !event.altKey || !days) return;
    event.preventDefault();
    const day = new Date(`${entry.closest("[data-day]").dataset.day}T00:00:00Z`);
    day.setUTCDate(day.getUTCDate() + days);
    this.send(entry.dataset.entry, day.toISOString().slice(0, 10));
  };

  async send(key, to) {
    await window.htmx.ajax("POST", this.urlValue, {
      source: this.element, target: this.element, select: `#${this.element.id}`, swap: "outerHTML", values: { key, to },
    });
    document.querySelector(`[data-entry="${CSS.escape(key)}"] a`)?.focus();
  }
}
