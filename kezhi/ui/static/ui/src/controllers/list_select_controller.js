// Selecting rows: shift-click for a range, all on the page, all that match. On the form around the list.
// Targets: box (a row's checkbox), head, bar, count, page (button "select this page", for cards, which have no head), all (button "select all that match"), everything (hidden input, "1" when all that match).
// data-list-select-total-value; words: data-list-select-some-value with {n}; data-list-select-whole-value for all, data-list-select-counted-value with {n} once the foot's data-list-count has come.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static values = { total: Number, some: String, whole: String, counted: String };
  static targets = ["box", "head", "bar", "count", "page", "all", "everything"];

  connect() {
    this.element.addEventListener("click", this.range);
    this.element.addEventListener("change", this.changed);
    this.refresh();
  }

  range = (event) => {
    const box = event.target;
    if (!this.boxTargets.includes(box)) return;
    if (event.shiftKey && this.last) {
      const [from, to] = [this.boxTargets.indexOf(this.last), this.boxTargets.indexOf(box)].sort((a, b) => a - b);
      this.boxTargets.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    }
    this.last = box;
  };

  changed = (event) => {
    if (this.headTargets.includes(event.target)) this.boxTargets.forEach((box) => { box.checked = event.target.checked; });
    else if (!this.boxTargets.includes(event.target)) return;
    this.choose(false);
  };

  page() {
    this.boxTargets.forEach((box) => { box.checked = true; });
    this.choose(false);
  }

  everything() {
    this.boxTargets.forEach((box) => { box.checked = true; });
    this.choose(true);
  }

  clear() {
    this.boxTargets.forEach((box) => { box.checked = false; });
    this.choose(false);
    this.boxTargets[0]?.focus();
  }

  choose(all) {
    this.everythingTargets.forEach((input) => { input.value = all ? "1" : ""; });
    this.refresh();
  }

  refresh() {
    const all = this.everythingTargets.some((input) => input.value === "1");
    const chosen = this.boxTargets.filter((box) => box.checked).length;
    for (const head of this.headTargets) {
      head.checked = chosen > 0 && chosen === this.boxTargets.length;
      head.indeterminate = chosen > 0 && chosen < this.boxTargets.length;
    }
    this.barTargets.forEach((bar) => { bar.hidden = !chosen; });
    this.pageTargets.forEach((button) => { button.hidden = chosen === this.boxTargets.length; });
    this.allTargets.forEach((button) => { button.hidden = all || chosen < this.boxTargets.length || this.totalValue <= chosen; });
    const counted = this.element.querySelector("[data-list-count]")?.dataset.listCount;
    const whole = counted && this.countedValue ? this.countedValue.replace("{n}", counted) : this.wholeValue.replace("{n}", this.totalValue.toLocaleString());
    const text = all ? whole : this.someValue.replace("{n}", chosen);
    this.countTargets.forEach((place) => { place.textContent = text; });
  }
}
