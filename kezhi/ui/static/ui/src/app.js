// The bundle every page loads: htmx, Stimulus, our small controllers, the offline outbox.
import htmx from "htmx.org";
import { Application } from "@hotwired/stimulus";

import AutosaveController from "./controllers/autosave_controller.js";
import BoardController from "./controllers/board_controller.js";
import CalendarController from "./controllers/calendar_controller.js";
import CellsController from "./controllers/cells_controller.js";
import CheckController from "./controllers/check_controller.js";
import ColumnsController from "./controllers/columns_controller.js";
import ComboboxController from "./controllers/combobox_controller.js";
import ConditionController from "./controllers/condition_controller.js";
import ConfirmController from "./controllers/confirm_controller.js";
import CopyController from "./controllers/copy_controller.js";
import CountdownController from "./controllers/countdown_controller.js";
import DependsController from "./controllers/depends_controller.js";
import DialogController from "./controllers/dialog_controller.js";
import GridPasteController from "./controllers/grid_paste_controller.js";
import HintController from "./controllers/hint_controller.js";
import HotkeysController from "./controllers/hotkeys_controller.js";
import InboxController from "./controllers/inbox_controller.js";
import InlineEditController from "./controllers/inline_edit_controller.js";
import KindsController from "./controllers/kinds_controller.js";
import ListSelectController from "./controllers/list_select_controller.js";
import MenuController from "./controllers/menu_controller.js";
import OutboxController from "./controllers/outbox_controller.js";
import PaletteController from "./controllers/palette_controller.js";
import PartsController from "./controllers/parts_controller.js";
import PasskeyController from "./controllers/passkey_controller.js";
import PlanController from "./controllers/plan_controller.js";
import PreferencesController from "./controllers/preferences_controller.js";
import PrintingController from "./controllers/printing_controller.js";
import PulseController from "./controllers/pulse_controller.js";
import QuoteLinesController from "./controllers/quote_lines_controller.js";
import RegionsController from "./controllers/regions_controller.js";
import RelativeTimeController from "./controllers/relative_time_controller.js";
import RevealController from "./controllers/reveal_controller.js";
import SheetController from "./controllers/sheet_controller.js";
import ToastController from "./controllers/toast_controller.js";
import TrailController from "./controllers/trail_controller.js";
import UnkeepableController from "./controllers/unkeepable_controller.js";
import UnsavedController from "./controllers/unsaved_controller.js";
import UploadController from "./controllers/upload_controller.js";
import { forgetAtSignOut } from "./lib/drafts.js";
import { csrfToken, toast, words } from "./lib/post.js";
import * as queuedForms from "./lib/queued_forms.js";
import { showPresentTabs } from "./lib/tabs_in_sight.js";
import { startWorker } from "./lib/worker.js";

window.htmx = htmx;
document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = csrfToken(); });
document.addEventListener("htmx:sendError", (event) => {
  if (!event.target.closest?.("[data-offline-queue], .topbar")) toast(words("unreachable"), "danger");
});

// The counts are asked for in the background: an ended session must not take somebody away from what they are writing.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status === 401 && event.target.matches?.(".topbar")) event.preventDefault();
});

const application = Application.start();
for (const [name, controller] of Object.entries({
  autosave: AutosaveController,
  board: BoardController,
  calendar: CalendarController,
  cells: CellsController,
  check: CheckController,
  columns: ColumnsController,
  combobox: ComboboxController,
  condition: ConditionController,
  confirm: ConfirmController,
  copy: CopyController,
  countdown: CountdownController,
  depends: DependsController,
  dialog: DialogController,
  "grid-paste": GridPasteController,
  hint: HintController,
  hotkeys: HotkeysController,
  inbox: InboxController,
  "inline-edit": InlineEditController,
  kinds: KindsController,
  "list-select": ListSelectController,
  menu: MenuController,
  outbox: OutboxController,
  palette: PaletteController,
  parts: PartsController,
  passkey: PasskeyController,
  plan: PlanController,
  preferences: PreferencesController,
  printing: PrintingController,
  pulse: PulseController,
  "quote-lines": QuoteLinesController,
  regions: RegionsController,
  "relative-time": RelativeTimeController,
  reveal: RevealController,
  sheet: SheetController,
  toast: ToastController,
  trail: TrailController,
  unkeepable: UnkeepableController,
  unsaved: UnsavedController,
  upload: UploadController,
})) application.register(name, controller);

queuedForms.start();
forgetAtSignOut();
startWorker();
showPresentTabs();
document.addEventListener("htmx:afterSettle", (event) => showPresentTabs(event.target));
