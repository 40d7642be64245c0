// Opens a <dialog> of the page: data-opens="id" on a button; data-closes inside closes it; a click beside it closes it too.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    document.addEventListener("click", this.click);
  }

  disconnect() {
    document.removeEventListener("click", this.click);
  }

  click = (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) return document.getElementById(opener.dataset.opens)?.showModal();
    if (event.target.closest("[data-closes]")) return event.target.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement && event.target.matches(".dialog, .palette") && this.beside(event)) event.target.close();
  };

  beside(event) {
    const box = event.target.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }
}
