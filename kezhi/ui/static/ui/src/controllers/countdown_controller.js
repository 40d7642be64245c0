// Lets every running clock of the page (data-due, seconds since 1970) count down while the page stays open (on <body>).
// The words come from the attributes of <body>: what is left and how late it is, with {d}, {h} and {m} for the numbers.
import { Controller } from "@hotwired/stimulus";

const DAY = 86_400;

export default class extends Controller {
  static values = { left: String, late: String, lateDays: String };

  connect() {
    this.timer = setInterval(() => this.refresh(), 15_000);
  }

  disconnect() {
    clearInterval(this.timer);
  }

  refresh() {
    for (const clock of document.querySelectorAll(".clock[data-due]")) {
      const left = Number(clock.dataset.due) - Date.now() / 1000;
      const words = clock.querySelector(".clock__left");
      if (left > DAY || !words) continue;
      clock.classList.toggle("clock--overdue", left < 0);
      clock.classList.toggle("clock--today", left >= 0);
      clock.classList.remove("clock--planned");
      words.textContent = this.words(left);
    }
  }

  words(left) {
    const minutes = Math.floor(Math.abs(left) / 60);
    if (left < -DAY) return this.lateDaysValue.replace("{d}", Math.floor(-left / DAY));
    const pattern = left < 0 ? this.lateValue : this.leftValue;
    return pattern.replace("{h}", Math.floor(minutes / 60)).replace("{m}", minutes % 60);
  }
}
