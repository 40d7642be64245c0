// Keeps "3 minutes ago" true while the page stays open: refreshes every <time data-relative> of the page (on <body>).
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    this.timer = setInterval(() => this.refresh(), 30_000);
  }

  disconnect() {
    clearInterval(this.timer);
  }

  refresh() {
    const language = document.documentElement.lang;
    const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    for (const time of document.querySelectorAll("time[data-relative]")) {
      const minutes = Math.floor((Date.now() - new Date(time.dateTime)) / 60_000);
      if (minutes < 1) continue;
      if (minutes < 60) time.textContent = words.format(-minutes, "minute");
      else {
        time.textContent = time.title.slice(-5);
        delete time.dataset.relative;
      }
    }
  }
}
