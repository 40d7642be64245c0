// Short messages with Undo or a place to go, ten seconds each (longer while the pointer or the focus is on them). Undo is a plain form.
import { Controller } from "@hotwired/stimulus";

const SECONDS = 10;

export default class extends Controller {
  static targets = ["region", "template", "toast"];

  connect() {
    document.body.addEventListener("kezhi:toasts", this.arrived);
  }

  disconnect() {
    document.body.removeEventListener("kezhi:toasts", this.arrived);
  }

  arrived = (event) => {
    for (const { text, tone, undo, url, open } of event.detail.value ?? []) this.show(text, tone, undo, url, open);
  };

  show(text, tone, undo, url, open) {
    const toast = this.templateTarget.content.cloneNode(true).querySelector(".toast");
    toast.querySelector("[data-text]").textContent = text;
    toast.classList.toggle("toast--danger", tone === "danger");
    const form = toast.querySelector("[data-undo-form]");
    form.hidden = !undo;
    form.action = undo || "";
    const link = toast.querySelector("[data-open]");
    link.hidden = !url;
    if (url) {
      link.href = url;
      link.textContent = open;
    }
    const use = toast.querySelector(".toast__mark use");
    if (tone === "danger" || tone === "warning") use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#i-alert"));
    this.regionTarget.append(toast);
  }

  toastTargetConnected(toast) {
    if (!this.regionTarget.contains(toast)) return;
    // In the top layer, above any open dialog: shown anew each time, as the last one shown is on top.
    this.regionTarget.popover = "manual";
    if (this.regionTarget.matches(":popover-open")) this.regionTarget.hidePopover();
    this.regionTarget.showPopover();
    let left = toast.classList.contains("toast--danger") ? SECONDS * 2 : SECONDS;
    const timer = setInterval(() => {
      if (toast.matches(":hover, :focus-within")) return;
      left -= 1;
      if (left <= 0) this.remove(toast, timer);
    }, 1000);
  }

  close(event) {
    this.remove(event.target.closest(".toast"));
  }

  remove(toast, timer) {
    clearInterval(timer);
    toast?.remove();
    if (!this.regionTarget.children.length && this.regionTarget.matches(":popover-open")) this.regionTarget.hidePopover();
  }
}
