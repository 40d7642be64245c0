// Province, city, district: the official names of each part follow from the parts above. data-regions-url-value answers JSON.
// Targets `part`: inputs with data-part and a datalist.
import { Controller } from "@hotwired/stimulus";

const ORDER = ["province", "city", "district"];

export default class extends Controller {
  static values = { url: String };
  static targets = ["part"];

  connect() {
    this.element.addEventListener("change", this.changed);
  }

  changed = (event) => {
    const place = ORDER.indexOf(event.target.dataset?.part);
    if (place >= 0 && place < ORDER.length - 1) this.offer(ORDER[place + 1]);
  };

  async offer(part) {
    const input = this.partTargets.find((each) => each.dataset.part === part);
    if (!input) return;
    const url = new URL(this.urlValue, location.href);
    url.searchParams.set("part", part);
    for (const name of ORDER.slice(0, ORDER.indexOf(part))) url.searchParams.append("above", this.partTargets.find((each) => each.dataset.part === name)?.value ?? "");
    try {
      const names = await (await fetch(url, { headers: { Accept: "application/json" } })).json();
      input.list.replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
    } catch { /* without network the name is typed */ }
  }
}
