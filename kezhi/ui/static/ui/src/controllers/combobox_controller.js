// A searchable select (tom-select, loaded when needed). On <select>; data-combobox-url-value for long lists (GET ?q= → JSON [{value, text, hint}]).
// data-combobox-create-value allows values that are not in the list yet.
import { Controller } from "@hotwired/stimulus";
import { words } from "../lib/post.js";

export default class extends Controller {
  static values = { url: String, create: Boolean };

  async connect() {
    const { default: TomSelect } = await import("tom-select/dist/esm/tom-select.complete.js");
    if (!this.element.isConnected || this.element.tomselect) return;
    // The label moves to the search field; the hidden select keeps its name for those who read the page's structure.
    const name = this.element.labels?.[0]?.textContent.trim();
    if (name) this.element.setAttribute("aria-label", name);
    // The search field takes the select's place, and the focus it may have been given meanwhile.
    const focused = document.activeElement === this.element;
    const say = (name, values) => `<div class="combo__note">${words(name, values)}</div>`;
    this.select = new TomSelect(this.element, {
      create: this.createValue,
      maxOptions: 200,
      clearAfterSelect: true, // what was typed found the one just taken; the next is typed anew
      refreshThrottle: 0, // Enter right after the last key takes what was typed, not what was listed before
      plugins: this.element.multiple ? { remove_button: { title: words("remove") } } : {},
      load: this.urlValue ? (query, done) => this.load(query, done) : undefined,
      preload: this.urlValue ? "focus" : false,
      searchField: this.urlValue ? [] : ["text", "hint"],
      render: {
        option: ({ text, hint }, escape) => `<div>${escape(text)}${hint ? ` <small>${escape(hint)}</small>` : ""}</div>`,
        no_results: () => say("none"),
        option_create: ({ input }, escape) => `<div class="create">${words("add", { value: escape(input) })}</div>`,
        loading: () => say("loading"),
      },
      onChange: () => this.element.dispatchEvent(new Event("input", { bubbles: true })),
    });
    // A click into a field that is being typed in leaves it open and focused (the library would leave the field).
    this.select.hook("instead", "onClick", () => {
      if (this.select.activeItems.length) this.select.clearActiveItems();
      if (!this.select.isFocused || !this.select.isOpen) this.select.focus();
    });
    if (this.urlValue) this.select.settings.score = () => () => 1;
    if (focused) this.select.focus();
  }

  async load(query, done) {
    try {
      const url = new URL(this.urlValue, location.href);
      url.searchParams.set("q", query);
      done(await (await fetch(url, { headers: { Accept: "application/json" } })).json());
    } catch { done(); }
  }

  disconnect() {
    this.select?.destroy();
  }
}
