// Shows what waits on this device for the network: a button with the count, and the list with what the server said.
import { Controller } from "@hotwired/stimulus";
import { discard, flush, mine } from "../lib/outbox.js";
import { toast } from "../lib/post.js";

export default class extends Controller {
  static targets = ["open", "count"];
  static values = { signInUrl: String, page: Boolean };

  connect() {
    this.dialog = document.getElementById("outbox-dialog");
    addEventListener("kezhi:outbox", this.refresh);
    addEventListener("kezhi:outbox-sent", this.sent);
    this.dialog?.addEventListener("click", this.click);
    this.refresh();
  }

  disconnect() {
    removeEventListener("kezhi:outbox", this.refresh);
    removeEventListener("kezhi:outbox-sent", this.sent);
    this.dialog?.removeEventListener("click", this.click);
  }

  show() {
    this.dialog.showModal();
    this.refresh();
  }

  reload() {
    location.reload();
  }

  sent = () => {
    toast(document.getElementById("outbox-sent").content.textContent.trim());
  };

  refresh = async () => {
    const items = await mine().catch(() => []);
    this.openTargets.forEach((button) => { button.hidden = !items.length; });
    this.countTargets.forEach((place) => { place.textContent = items.length; });
    if (this.dialog?.open) this.list(items);
  };

  list(items) {
    document.getElementById("outbox-list").replaceChildren(...items.map((item) => this.line(item)));
    document.getElementById("outbox-empty").hidden = items.length > 0;
  }

  line(item) {
    const line = document.getElementById("outbox-item").content.cloneNode(true).firstElementChild;
    const part = (name) => line.querySelector(`[data-${name}]`);
    line.dataset.item = item.key;
    part("title").textContent = item.title;
    part("time").textContent = new Date(item.savedAt).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
    part("state").textContent = part("state").dataset[item.state];
    part("state-mark").classList.add(`clock--${item.state === "refused" || item.state === "locked" ? "overdue" : "planned"}`);
    part("message").textContent = item.message;
    part("message").hidden = !item.message;
    const page = new URL(item.page);
    page.searchParams.set("outbox", item.key);
    part("open").href = page.href;
    return line;
  }

  click = (event) => {
    if (event.target.closest("[data-outbox-close]")) return this.dialog.close();
    if (event.target.closest("[data-outbox-send]")) return flush();
    const button = event.target.closest("[data-discard]");
    if (button && confirm(button.dataset.confirm)) discard(button.closest("[data-item]").dataset.item);
  };
}
