// Edits a value where it stands. On a table or list; each place has data-edit="url" and tabindex 0.
// GET url answers with the place's inner form; its POST answers with the whole new place (2xx), or the form again (409, 422).
// Enter or double click edits (on a fact, one click), Enter saves, Esc restores; a [data-edit-button] inside the place edits as well.
import { Controller } from "@hotwired/stimulus";
import { ledAway, post, toast, triggered, words } from "../lib/post.js";

export default class extends Controller {
  connect() {
    this.element.addEventListener("keydown", this.key);
    this.element.addEventListener("dblclick", this.start);
    this.element.addEventListener("kezhi:edit", this.start);
    this.element.addEventListener("click", (event) => { if (event.target.closest("[data-edit-button]") || this.asksByClick(event.target)) this.start(event); });
    this.element.addEventListener("submit", this.save);
    this.element.addEventListener("focusout", this.left);
  }

  // On a record page one click on a fact is enough; marking its text to copy it is no such click.
  asksByClick(target) {
    return Boolean(target.closest(".fact[data-edit]")) && !target.closest("a, button, label, input, select, textarea") && getSelection().isCollapsed;
  }

  key = (event) => {
    const place = event.target.closest("[data-edit]");
    if (!place || event.defaultPrevented) return; // a searchable choice takes Enter and Esc for its own list first
    const editing = place === this.place;
    if (event.key === "Enter" && !editing && event.target === place) this.start(event);
    else if (event.key === "Escape" && editing) this.restore(event);
    else if (event.key === "Enter" && editing && event.target.tagName !== "TEXTAREA" && event.target.tagName !== "BUTTON" && !event.isComposing) {
      event.preventDefault();
      event.target.form?.requestSubmit();
    }
  };

  start = async (event) => {
    const place = event.target.closest("[data-edit]");
    if (!place || place === this.place) return;
    event.preventDefault();
    if (this.place) this.restore();
    try {
      const answer = await fetch(place.dataset.edit, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return this.refused(answer);
      this.place = place;
      this.before = place.innerHTML;
      this.show(await answer.text());
    } catch { toast(words("unreachable"), "danger"); }
  };

  show(html) {
    // By way of a template: parsed inside the list's own form, the fragment's form would be thrown away.
    const box = document.createElement("template");
    box.innerHTML = html;
    this.place.replaceChildren(box.content);
    this.place.classList.add("table__edit");
    window.htmx.process(this.place);
    const control = this.place.querySelector("[autofocus], [aria-invalid=true], [type=radio]:checked") ?? this.place.querySelector("select, textarea, input:not([type=hidden])");
    control?.focus();
    control?.select?.();
    this.first = this.content();
  }

  content() {
    const form = this.place?.querySelector("form");
    return form ? new URLSearchParams(new FormData(form)).toString() : "";
  }

  save = async (event) => {
    if (!this.place?.contains(event.target) || event.target.hasAttribute("hx-post")) return;
    event.preventDefault();
    const form = event.target;
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    try {
      const answer = await post(form.getAttribute("action") || this.place.dataset.edit, new FormData(form), { "HX-Request": "true" });
      if (answer.status === 409 || answer.status === 422) return this.show(await answer.text());
      if (!answer.ok) return this.refused(answer);
      this.replace(await answer.text());
      triggered(answer.headers.get("HX-Trigger"));
    } catch {
      toast(words("unreachable"), "danger");
    } finally {
      form.ariaBusy = null;
    }
  };

  replace(html) {
    const box = document.createElement("template");
    box.innerHTML = html.trim();
    const fresh = box.content.firstElementChild;
    const place = this.place;
    this.place = null;
    place.classList.remove("table__edit");
    if (fresh?.matches("[data-edit]")) place.replaceWith(fresh); else place.innerHTML = html;
    const shown = fresh?.matches("[data-edit]") ? fresh : place;
    for (const other of [...box.content.children]) if (other.id) document.getElementById(other.id)?.replaceWith(other);
    window.htmx.process(shown);
    shown.focus();
  }

  restore(event) {
    event?.preventDefault();
    event?.stopPropagation();
    const place = this.place;
    this.place = null;
    place.innerHTML = this.before;
    place.classList.remove("table__edit");
    window.htmx.process(place);
    place.focus();
  }

  left = (event) => {
    const place = this.place;
    if (place && !place.contains(event.relatedTarget) && document.hasFocus() && this.content() === this.first && event.relatedTarget) this.restore();
  };

  async refused(answer) {
    if (ledAway(answer)) return;
    const events = answer.headers.get("HX-Trigger");
    if (events) triggered(events);
    else toast(words("refused"), "danger");
  }
}
