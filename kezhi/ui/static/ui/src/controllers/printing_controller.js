// Opens the browser's print dialog: data-action="printing#open".
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  open() {
    print();
  }
}
