// The side sheet: a link or button with data-sheet opens its page (href, or data-sheet="url") beside the one we are on.
// A submit button with data-sheet-form opens its formaction with what its form holds, as a GET.
// Its forms are sent by htmx and stay in the sheet until the server redirects.
import { Controller } from "@hotwired/stimulus";
import { toast } from "../lib/post.js";

export default class extends Controller {
  static targets = ["sheet", "waiting"];

  connect() {
    document.addEventListener("click", this.click);
    document.addEventListener("htmx:afterSwap", this.swapped);
    document.addEventListener("htmx:responseError", this.failed);
    document.addEventListener("htmx:sendError", this.failed);
    // An answer may open a sheet by itself: HX-Trigger {"kezhi:sheet": {"url": …}}.
    document.addEventListener("kezhi:sheet", (event) => { this.opener = event.target; this.open(event.detail.url); });
  }

  sheetTargetConnected(sheet) {
    sheet.addEventListener("cancel", (event) => { if (!this.mayClose()) event.preventDefault(); });
    sheet.addEventListener("close", () => { sheet.replaceChildren(); this.opener?.focus?.(); });
    sheet.addEventListener("input", () => { this.dirty = true; });
    sheet.addEventListener("click", (event) => { if (event.target === sheet && event.clientX < sheet.getBoundingClientRect().left) this.close(); });
  }

  click = (event) => {
    const sender = event.target.closest("[data-sheet-form]");
    if (sender && !event.defaultPrevented) {
      event.preventDefault();
      this.opener = sender;
      sender.closest("[popover]")?.hidePopover();
      return this.open(`${sender.getAttribute("formaction")}?${new URLSearchParams(new FormData(sender.form))}`);
    }
    const link = event.target.closest("[data-sheet]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.opener = link;
    this.open(link.dataset.sheet || link.getAttribute("href"));
  };

  open(url) {
    const sheet = this.sheetTarget;
    sheet.replaceChildren(this.waitingTarget.content.cloneNode(true));
    if (!sheet.open) sheet.showModal();
    this.url = url;
    this.dirty = false;
    window.htmx.ajax("GET", url, { target: sheet, swap: "innerHTML", source: sheet });
  }

  close() {
    if (this.mayClose()) this.sheetTarget.close();
  }

  mayClose() {
    const kept = this.sheetTarget.querySelector("form[data-controller~=autosave]");
    return !this.dirty || kept || confirm(this.sheetTarget.dataset.unsaved);
  }

  swapped = (event) => {
    if (event.detail.target !== this.sheetTarget) return;
    for (const form of this.sheetTarget.querySelectorAll("form")) this.adopt(form);
    (this.sheetTarget.querySelector("[autofocus], [aria-invalid=true]") ?? this.sheetTarget.querySelector(".sheet__body :is(input, select, textarea):not([type=hidden])") ?? this.sheetTarget.querySelector("button"))?.focus();
  };

  adopt(form) {
    // Attributes, for a control named "method" hides the form's own property.
    if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get") || form.hasAttribute("data-leaves-sheet")) return;
    form.setAttribute(form.getAttribute("method")?.toLowerCase() === "post" ? "hx-post" : "hx-get", form.getAttribute("action") || this.url);
    form.setAttribute("hx-target", "#sheet");
    form.setAttribute("hx-swap", "innerHTML");
    form.setAttribute("hx-sync", "this:drop"); // a double click is one
    if (form.getAttribute("enctype") === "multipart/form-data") form.setAttribute("hx-encoding", "multipart/form-data");
    // htmx only sees buttons inside the form; those of the sheet's foot say which one was meant, too.
    form.addEventListener("htmx:configRequest", (event) => {
      const button = event.detail.triggeringEvent?.submitter;
      if (button?.name && button.form === form && !form.contains(button)) event.detail.parameters[button.name] = button.value;
    });
    window.htmx.process(form);
  }

  failed = (event) => {
    if (event.detail.target !== this.sheetTarget) return;
    const status = event.detail.xhr?.status;
    const shown = event.detail.xhr?.getResponseHeader("HX-Trigger");
    if (!shown) toast(this.sheetTarget.dataset.error, "danger");
    if (this.sheetTarget.querySelector(".skeleton") || status === 404 || status === 403) this.sheetTarget.close();
  };
}
