// Asks every few seconds, while the page is seen, whether anything is new: the unread number on the bell and in the
// title, a toast for what came. On the bell. data-pulse-url-value. Says `kezhi:arrived` on the body when something came;
// `kezhi:pulse` on the body asks at once. An unchanged answer is a 304 without a body.
import { Controller } from "@hotwired/stimulus";
import { announce, userId } from "../lib/post.js";

const SHORTEST = 1;
const PATIENCE = 6;

export default class extends Controller {
  static values = { url: String };

  connect() {
    this.key = `kezhi-newest-${userId()}`;
    this.seconds = 3;
    this.misses = 0;
    document.addEventListener("visibilitychange", this.seen);
    document.body.addEventListener("kezhi:pulse", this.ask);
    document.addEventListener("htmx:afterSettle", this.entitle);
    this.ask();
  }

  disconnect() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
    document.body.removeEventListener("kezhi:pulse", this.ask);
    document.removeEventListener("htmx:afterSettle", this.entitle);
  }

  seen = () => {
    if (document.visibilityState === "visible") this.ask();
    else clearTimeout(this.timer);
  };

  ask = async () => {
    clearTimeout(this.timer);
    if (this.asking) return;
    this.asking = true;
    try {
      const known = localStorage.getItem(this.key) ?? "";
      const headers = { "X-Kezhi-Script": "pulse", ...(this.tag && { "If-None-Match": this.tag }) };
      const answer = await fetch(`${this.urlValue}?after=${known}`, { headers, cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) return;
      this.misses = answer.ok || answer.status === 304 ? 0 : this.misses + 1;
      if (answer.ok) {
        this.tag = answer.headers.get("ETag");
        this.show(await answer.json());
      }
    } catch {
      this.misses += 1;
    } finally {
      this.asking = false;
    }
    // A server that does not answer is asked less and less often.
    if (document.visibilityState === "visible") this.timer = setTimeout(this.ask, this.seconds * 1000 * 2 ** Math.min(this.misses, PATIENCE));
  };

  // A swap brings the title of what it fetched: the number goes before that one too.
  entitle = () => {
    const title = document.title.replace(/^\(\d+\+?\) /, "");
    document.title = this.shown ? `(${this.shown}) ${title}` : title;
  };

  show({ unread, shown, words, newest, seconds, toasts }) {
    this.seconds = Math.max(SHORTEST, seconds);
    for (const id of ["count-inbox", "count-inbox-phone"]) {
      const place = document.getElementById(id);
      if (!place) continue;
      place.className = unread ? "count count--alert" : "";
      place.textContent = shown;
    }
    this.element.title = unread ? `${this.element.dataset.name}: ${words}` : this.element.dataset.name;
    this.shown = shown;
    this.entitle();
    if (newest > Number(localStorage.getItem(this.key) ?? 0)) localStorage.setItem(this.key, newest);
    if (!toasts.length) return;
    announce(toasts.map((toast) => toast.text).join("; "));
    document.body.dispatchEvent(new CustomEvent("kezhi:toasts", { bubbles: true, detail: { value: toasts } }));
    document.body.dispatchEvent(new CustomEvent("kezhi:arrived", { bubbles: true }));
  }
}
