// Ctrl K: finds records while one types, and offers places and acts. Results are the server's HTML (role=option links).
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static targets = ["dialog", "input", "list", "status"];

  async open(event) {
    if (!this.hasDialogTarget || event.ctrlKey || event.metaKey || event.button > 0) return;
    event.preventDefault();
    if (!this.dialogTarget.open) this.dialogTarget.showModal();
    this.inputTarget.select();
    this.commands ??= await this.load(this.dialogTarget.dataset.commands).catch(() => "");
    this.search();
  }

  close() {
    this.dialogTarget.close();
  }

  search() {
    clearTimeout(this.timer);
    const query = this.inputTarget.value.trim();
    this.timer = setTimeout(() => this.find(query), query ? 110 : 0);
  }

  async find(query) {
    this.asking?.abort();
    this.asking = new AbortController();
    let found = "";
    if (query) {
      const url = new URL(this.dialogTarget.dataset.url, location.href);
      url.searchParams.set("q", query);
      try {
        found = await this.load(url, this.asking.signal);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        found = this.note(this.listTarget.dataset.failed);
      }
    }
    if (query !== this.inputTarget.value.trim()) return;
    this.show(found, query);
  }

  async load(url, signal) {
    const answer = await fetch(url, { signal, headers: { "HX-Request": "true", "X-Kezhi-Palette": "1" } });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (!text.includes("<main")) return text;
    return new DOMParser().parseFromString(text, "text/html").querySelector("[data-palette-results]")?.innerHTML ?? "";
  }

  show(found, query) {
    this.listTarget.innerHTML = found + (this.commands ?? "");
    this.filterCommands(query.toLowerCase());
    const options = this.options;
    options.forEach((option, number) => { option.id ||= `palette-${number}`; });
    const isTold = this.listTarget.querySelector(".palette__note"); // why nothing was found, in the server's words
    if (!options.length && !isTold) this.listTarget.innerHTML = this.note(this.listTarget.dataset.empty);
    this.statusTarget.textContent = query ? this.statusTarget.dataset.count.replace("{number}", options.length) : "";
    this.select(options[0]);
  }

  filterCommands(query) {
    for (const group of this.listTarget.querySelectorAll("[data-commands]")) {
      for (const item of group.querySelectorAll("[data-words]")) item.hidden = !item.dataset.words.toLowerCase().includes(query);
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
    }
  }

  note(text) {
    const place = Object.assign(document.createElement("p"), { className: "palette__note", textContent: text });
    return place.outerHTML;
  }

  get options() {
    return [...this.listTarget.querySelectorAll("[role=option]")].filter((option) => option.offsetParent);
  }

  get chosen() {
    return this.listTarget.querySelector("[role=option][aria-selected=true]");
  }

  select(option) {
    this.chosen?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.inputTarget.setAttribute("aria-activedescendant", option.id);
    else this.inputTarget.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.isComposing) return;
    const options = this.options;
    const here = options.indexOf(this.chosen);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + 8, PageUp: here - 8 }[event.key];
    if (next !== undefined && options.length) {
      event.preventDefault();
      this.select(options[event.key.startsWith("Page") ? Math.max(0, Math.min(options.length - 1, next)) : (next + options.length) % options.length]);
    } else if (event.key === "Enter" && this.chosen) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(this.chosen.href, "_blank", "noopener");
      else { this.close(); this.chosen.click(); }
    }
  }
}
