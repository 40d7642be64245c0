// A drop zone: files dropped, pasted or chosen are posted with progress. On the form.
// Targets: input (type=file), zone (default: the form), bar (<progress>), name, message. The answer's HTML goes into #data-upload-into-value;
// a redirect is followed. Files of more than data-upload-most-value bytes are not sent; data-upload-too-big-value says so of {name}. Without data-upload-at-once-value the form waits for its button.
import { Controller } from "@hotwired/stimulus";
import { csrfToken, triggered, words } from "../lib/post.js";

export default class extends Controller {
  static values = { into: String, atOnce: Boolean, most: Number, tooBig: String };
  static targets = ["input", "zone", "bar", "name", "message"];

  connect() {
    this.zone = this.hasZoneTarget ? this.zoneTarget : this.element;
    for (const name of ["dragenter", "dragover"]) this.zone.addEventListener(name, (event) => { event.preventDefault(); this.zone.dataset.over = ""; });
    for (const name of ["dragleave", "drop"]) this.zone.addEventListener(name, () => { delete this.zone.dataset.over; });
    this.zone.addEventListener("drop", (event) => { event.preventDefault(); this.take(event.dataTransfer.files); });
    this.element.addEventListener("paste", (event) => { if (event.clipboardData.files.length) this.take(event.clipboardData.files); });
    this.inputTarget.addEventListener("change", () => this.chosen());
    this.element.addEventListener("submit", this.send);
  }

  take(files) {
    if (!files.length) return;
    this.inputTarget.files = files;
    this.chosen();
  }

  chosen() {
    this.leaveOut();
    this.nameTargets.forEach((place) => { place.textContent = [...this.inputTarget.files].map((file) => file.name).join(", "); });
    if (this.atOnceValue && this.inputTarget.files.length) this.element.requestSubmit();
  }

  // Those that would be refused anyway are said at once, and the others sent.
  leaveOut() {
    const files = [...this.inputTarget.files];
    const large = this.mostValue ? files.filter((file) => file.size > this.mostValue) : [];
    this.left = large.map((file) => this.tooBigValue.replace("{name}", file.name)).join(" ");
    if (large.length) {
      const rest = new DataTransfer();
      files.filter((file) => !large.includes(file)).forEach((file) => rest.items.add(file));
      this.inputTarget.files = rest.files;
    }
    this.say(this.left);
  }

  send = (event) => {
    event.preventDefault();
    if (this.element.ariaBusy) return; // Chosen and pressed, or pressed twice: sent once.
    if (!this.left) this.say("");
    const request = new XMLHttpRequest();
    request.open("POST", this.element.action);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-Kezhi-Outbox", "1");
    request.upload.onprogress = ({ loaded, total }) => this.barTargets.forEach((bar) => { bar.hidden = false; bar.max = total; bar.value = loaded; });
    request.onloadend = () => this.barTargets.forEach((bar) => { bar.hidden = true; });
    request.onerror = () => { this.element.ariaBusy = null; this.say(words("unreachable")); };
    request.onload = () => this.answered(request);
    this.element.ariaBusy = "true";
    request.send(new FormData(this.element, event.submitter));
  };

  answered(request) {
    this.element.ariaBusy = null;
    const target = request.getResponseHeader("HX-Redirect");
    if (target) return location.assign(target);
    const into = this.intoValue && document.getElementById(this.intoValue);
    if (request.status < 400 && into) {
      into.innerHTML = request.responseText;
      window.htmx.process(into);
      this.element.reset();
      return triggered(request.getResponseHeader("HX-Trigger"));
    }
    if (request.status < 400) return location.reload();
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const said = page.querySelector("[role=alert], .field__error")?.textContent ?? page.body.textContent;
    this.say(said.trim().slice(0, 300) || words("refused"));
  }

  say(text) {
    this.messageTargets.forEach((place) => { place.textContent = text; place.hidden = !text; });
  }
}
