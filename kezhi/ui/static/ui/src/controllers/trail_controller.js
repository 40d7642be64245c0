// Which list somebody came from stands in the page's own address, so that it is still known after saving and reloading.
// data-trail-query-value: the list's query; nothing for another way here.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  static values = { query: String };

  connect() {
    const here = new URL(location.href);
    if (!this.queryValue || here.search) return;
    here.search = this.queryValue;
    history.replaceState(history.state, "", here);
  }
}
