// A block copied from a spreadsheet goes into the table's inputs, rightwards and downwards from where it is pasted.
// On a form with a table of inputs; data-grid-paste-said-value: words with {count}, announced. Hidden inputs are left alone.
import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/post.js";

export default class extends Controller {
  static values = { said: String };

  connect() { this.element.addEventListener("paste", this.pasted); }
  disconnect() { this.element.removeEventListener("paste", this.pasted); }

  pasted = (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const block = text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
    const start = event.target.closest("td");
    if (!start || (block.length < 2 && block[0].length < 2)) return;
    event.preventDefault();
    const rows = [...start.closest("tbody").rows];
    const top = rows.indexOf(start.parentElement);
    let count = 0;
    block.forEach((line, down) => line.forEach((value, right) => {
      const input = rows[top + down]?.cells[start.cellIndex + right]?.querySelector("input:not([type=hidden])");
      if (!input) return;
      input.value = value.trim();
      input.dataset.new = "";
      input.dispatchEvent(new Event("input", { bubbles: true }));
      count += 1;
    }));
    announce(this.saidValue.replace("{count}", count));
  };
}
