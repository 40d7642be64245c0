// Keys for everything: j k x o e on rows ([data-row]), / ? c, Ctrl K, Ctrl Enter, any [data-hotkey="n"] (or "ctrl+arrowleft"),
// and [data-row-hotkey="s"] in the current row.
// Single keys can be switched off in the help (WCAG 2.1.4); the switch is the target `single`.
import { Controller } from "@hotwired/stimulus";

const OFF = "kezhi-single-keys-off";

export default class extends Controller {
  static targets = ["help", "single"];

  connect() {
    document.addEventListener("keydown", this.key);
  }

  disconnect() {
    document.removeEventListener("keydown", this.key);
  }

  singleTargetConnected(box) {
    box.checked = !localStorage.getItem(OFF);
    box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  }

  key = (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === "Enter") return this.save(event);
    if (control && event.key.toLowerCase() === "k") return this.act(event, () => document.querySelector("[data-action~='palette#open']")?.click());
    const typing = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .ts-control");
    if (typing || document.querySelector("dialog[open]:not(.sheet)")) return;
    const name = (control ? "ctrl+" : "") + (event.altKey ? "alt+" : "") + event.key.toLowerCase();
    const key = CSS.escape(name);
    const named = this.row?.querySelector(`[data-row-hotkey="${key}"]`) ?? document.querySelector(`[data-hotkey="${key}"]`);
    if (named && (control || !localStorage.getItem(OFF))) return this.act(event, () => named.click());
    if (control || event.altKey || localStorage.getItem(OFF)) return;
    const deed = this.deeds[event.key];
    if (deed) this.act(event, deed);
  };

  deeds = {
    "/": () => document.querySelector("[data-action~='palette#open']")?.click(),
    "?": () => this.help(),
    c: () => document.getElementById("menu-create")?.showPopover(),
    j: () => this.move(1),
    k: () => this.move(-1),
    x: () => this.row?.querySelector("input[type=checkbox]")?.click(),
    o: () => this.open(),
    e: () => this.edit(),
  };

  act(event, deed) {
    event.preventDefault();
    deed();
  }

  save(event) {
    const form = event.target.form ?? event.target.closest?.("form") ?? document.querySelector("dialog.sheet[open] form");
    if (form) this.act(event, () => form.requestSubmit(form.querySelector("[data-default]") ?? undefined));
  }

  get rows() {
    return [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  }

  get row() {
    return document.querySelector("[data-row][data-current]");
  }

  move(step) {
    const rows = this.rows;
    const next = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(this.row) + step))];
    if (!next) return;
    this.row?.removeAttribute("data-current");
    next.setAttribute("data-current", "");
    next.scrollIntoView({ block: "nearest" });
    next.querySelector("a[href], button, [tabindex]")?.focus({ preventScroll: true });
  }

  open() {
    const link = this.row?.querySelector("a[href]");
    if (link) link.click();
    else if (this.row?.dataset.href) location.assign(this.row.dataset.href);
  }

  edit() {
    const place = this.row?.querySelector("[data-edit]") ?? document.querySelector("[data-edit]");
    place?.dispatchEvent(new CustomEvent("kezhi:edit", { bubbles: true }));
  }

  help() {
    this.element.querySelectorAll("[popover]:popover-open").forEach((menu) => menu.hidePopover());
    if (this.hasHelpTarget) this.helpTarget.showModal();
  }

  close() {
    this.helpTarget.close();
  }
}
