// The lines of a quote: totals while typing, adding, order by drag (SortableJS, loaded when needed); everything is worked out by the server.
// On the form; POST its own address with act=sum answers with the totals, any other act but save with the editor. Buttons work without this.
// data-quote-lines-key-value: where what is typed is kept on this device until it is saved.
import { Controller } from "@hotwired/stimulus";
import * as drafts from "../lib/drafts.js";

export default class extends Controller {
  static values = { key: String };
  static targets = ["editor", "list", "line", "act", "add", "draft"];

  connect() {
    this.element.addEventListener("input", this.typed);
    this.element.addEventListener("click", this.clicked);
    this.element.addEventListener("submit", this.sent);
    const draft = drafts.read(this.keyValue);
    const version = drafts.version(this.element);
    if (draft && (draft.sentAt || draft.version !== version)) drafts.drop(this.keyValue);
    else if (draft && this.hasDraftTarget) this.draftTarget.hidden = false;
  }

  disconnect() {
    clearTimeout(this.timer);
    this.element.removeEventListener("input", this.typed);
    this.element.removeEventListener("click", this.clicked);
    this.element.removeEventListener("submit", this.sent);
    this.sortable?.destroy();
  }

  addTargetConnected(button) { button.hidden = true; }

  async listTargetConnected(list) {
    if (matchMedia("(max-width: 719px)").matches || !list.children.length) return;
    const { default: Sortable } = await import("sortablejs");
    this.sortable?.destroy();
    if (!list.isConnected) return;
    this.sortable = Sortable.create(list, {
      handle: ".quote-line__grip",
      draggable: ".quote-line",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onEnd: ({ oldIndex, newIndex }) => { if (oldIndex !== newIndex) this.post("order"); },
    });
  }

  typed = (event) => {
    if (!event.target.name?.startsWith("line-")) return;
    event.target.removeAttribute("aria-invalid");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.keep(); this.post("sum"); }, 300);
  };

  clicked = (event) => {
    const button = event.target.closest("button[name=act]");
    if (!button || button.value === "save") return;
    event.preventDefault();
    this.post(button.value);
  };

  sent = () => { clearTimeout(this.timer); this.keep(); drafts.markSent(this.keyValue); };

  add(event) {
    if (event.target.value) this.post("add");
  }

  async post(act, body = new URLSearchParams([...new FormData(this.element)].filter(([name]) => name !== "act"))) {
    clearTimeout(this.timer);
    body.set("act", act);
    const target = act === "sum" ? "#quote-totals" : "#quote-editor";
    await window.htmx.ajax("POST", this.element.action, { target, swap: "outerHTML", source: this.element, values: this.grouped(body) });
    if (act === "sum") return;
    this.keep();
    this.element.dispatchEvent(new Event("input", { bubbles: true }));
    const wanted = this.element.querySelector("[autofocus]");
    wanted?.focus();
    wanted?.select?.();
  }

  grouped(body) {
    const values = {};
    for (const [name, value] of body) (values[name] ??= []).push(value);
    return values;
  }

  keep() {
    drafts.write(this.keyValue, this.element);
  }

  restore() {
    const draft = drafts.read(this.keyValue);
    const body = new URLSearchParams(draft?.fields ?? []);
    body.set("version", this.element.elements.version.value);
    body.delete("add_product");
    this.post("order", body);
  }

  forget() {
    drafts.drop(this.keyValue);
    this.draftTarget.hidden = true;
  }
}
