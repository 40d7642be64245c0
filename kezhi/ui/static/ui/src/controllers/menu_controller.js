// A popover menu: arrow keys, closes after a choice, placed beside its button where the browser cannot do it by itself.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    this.element.addEventListener("toggle", this.toggled);
    this.element.addEventListener("keydown", this.key);
    this.element.addEventListener("click", this.chosen);
  }

  get opener() {
    return document.querySelector(`[popovertarget="${this.element.id}"]:not([hidden])`);
  }

  get items() {
    return [...this.element.querySelectorAll(".menu__item")].filter((item) => item.offsetParent);
  }

  toggled = (event) => {
    const open = event.newState === "open";
    document.querySelectorAll(`[popovertarget="${this.element.id}"]`).forEach((button) => button.setAttribute("aria-expanded", open));
    if (!open) return;
    if (!CSS.supports("position-area: block-end")) this.place();
    (this.element.querySelector("[autofocus]") ?? this.items[0])?.focus({ preventScroll: true });
  };

  place() {
    const button = this.opener?.getBoundingClientRect();
    if (!button || matchMedia("(max-width: 719px)").matches) return;
    const width = this.element.offsetWidth;
    Object.assign(this.element.style, {
      insetBlockStart: `${Math.min(button.bottom + 4, innerHeight - this.element.offsetHeight - 8)}px`,
      insetInlineStart: `${Math.max(8, Math.min(button.left, innerWidth - width - 8))}px`,
    });
  }

  key = (event) => {
    const items = this.items;
    const here = items.indexOf(document.activeElement);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    items[(next + items.length) % items.length]?.focus();
  };

  chosen = (event) => {
    const item = event.target.closest(".menu__item");
    if (item && item.getAttribute("aria-disabled") !== "true") this.element.hidePopover();
  };
}
