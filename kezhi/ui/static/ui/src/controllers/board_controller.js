// Moves cards between columns, by pointer (SortableJS, loaded when needed) or keyboard (Alt + arrows).
// data-board-url-value takes POST id, column, before, version (the card's data-version) and answers with the card (2xx) or with the refusal in its place (409, 422).
// Targets: column (the list, data-column), card (data-id, tabindex 0). data-board-moved-value: words with {column}.
import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/post.js";

export default class extends Controller {
  static values = { url: String, moved: String };
  static targets = ["column", "card"];

  async connect() {
    this.element.addEventListener("keydown", this.key);
    if (matchMedia("(max-width: 719px)").matches) return;
    const { default: Sortable } = await import("sortablejs");
    this.sortables = this.columnTargets.map((list) => Sortable.create(list, {
      group: "board",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      draggable: "[data-board-target=card]",
      filter: "a, button, input, select",
      preventOnFilter: false,
      onEnd: ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
        if (from !== to || oldDraggableIndex !== newDraggableIndex) this.send(item, from, this.after(from, item, oldDraggableIndex));
      },
    }));
  }

  disconnect() {
    this.sortables?.forEach((sortable) => sortable.destroy());
    this.element.removeEventListener("keydown", this.key);
  }

  cards(list) {
    return [...list.querySelectorAll("[data-board-target=card]")];
  }

  after(list, item, index) {
    return this.cards(list).filter((card) => card !== item)[index] ?? null;
  }

  key = (event) => {
    const card = event.target.closest("[data-board-target=card]");
    if (!card || card !== event.target) return;
    const list = card.closest("[data-board-target=column]");
    const columns = this.columnTargets;
    const cards = this.cards(list);
    const place = cards.indexOf(card);
    const column = columns.indexOf(list);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const shift = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step && !shift) return;
    event.preventDefault();
    if (!event.altKey) {
      const next = step ? this.cards(columns[column + step] ?? list)[Math.min(place, this.cards(columns[column + step] ?? list).length - 1)] : cards[place + shift];
      next?.focus();
      return;
    }
    const home = cards[place + 1] ?? null;
    if (step && columns[column + step]) columns[column + step].prepend(card);
    else if (shift && cards[place + shift]) list.insertBefore(card, shift < 0 ? cards[place - 1] : cards[place + 1].nextSibling);
    else return;
    card.focus();
    this.send(card, list, home);
  };

  async send(card, from, before) {
    const list = card.closest("[data-board-target=column]");
    const cards = this.cards(list);
    const next = cards[cards.indexOf(card) + 1];
    const putBack = () => from.insertBefore(card, before);
    const check = (event) => { if (event.detail.xhr.status >= 400) putBack(); else this.say(list); };
    card.addEventListener("htmx:beforeSwap", check, { once: true });
    for (const failed of ["htmx:sendError", "htmx:timeout"]) card.addEventListener(failed, putBack, { once: true });
    const id = card.dataset.id;
    await window.htmx.ajax("POST", this.urlValue, {
      source: card, target: card, swap: "outerHTML",
      values: { id, column: list.dataset.column, before: next?.dataset.id ?? "", version: card.dataset.version ?? "" },
    });
    this.element.querySelector(`[data-board-target=card][data-id="${CSS.escape(id)}"]`)?.focus();
  }

  say(list) {
    announce(this.movedValue.replace("{column}", list.dataset.label ?? ""));
  }
}
