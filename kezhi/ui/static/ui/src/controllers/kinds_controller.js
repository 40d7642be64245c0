// Shows the fields that apply to the chosen kind. On a form with a choice named "kind"; fields carry data-kinds="company person".
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    this.element.addEventListener("change", this.changed);
    this.apply();
  }

  changed = (event) => { if (event.target.name === "kind") this.apply(); };

  apply() {
    const kind = this.element.querySelector("[name=kind]:checked, select[name=kind]")?.value;
    if (!kind) return;
    for (const field of this.element.querySelectorAll("[data-kinds]")) {
      const applies = field.dataset.kinds.split(" ").includes(kind);
      field.hidden = !applies;
      for (const control of field.querySelectorAll("input, select, textarea")) control.disabled = !applies;
    }
  }
}
