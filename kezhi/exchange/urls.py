"""Addresses of import and export."""

from django.urls import path

from kezhi.exchange.channels import views as channels
from kezhi.exchange.mailboxes import views as mailboxes
from kezhi.exchange.people import views as people
from kezhi.exchange.views import exports, import_rows, imports
from kezhi.exchange.webhooks.views import endpoints, outflow, subscriptions
from kezhi.records import slugs  # noqa: F401 - registers the part of an address that names a record type

app_name = "exchange"

urlpatterns = [
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_start, name="import_start"),
    path("imports/<int:run_id>/", imports.import_page, name="import"),
    path("imports/<int:run_id>/sheet/", imports.sheet, name="import_sheet"),
    path("imports/<int:run_id>/columns/", imports.columns, name="import_columns"),
    path("imports/<int:run_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:run_id>/application/", imports.application, name="import_application"),
    path("imports/<int:run_id>/undoing/", imports.undoing, name="import_undoing"),
    path("imports/<int:run_id>/resumption/", imports.resumption, name="import_resumption"),
    path("imports/<int:run_id>/removal/", imports.removal, name="import_removal"),
    path("imports/<int:run_id>/bad-rows/", import_rows.bad_rows, name="import_bad_rows"),
    path("imports/<int:run_id>/decisions/", import_rows.decisions, name="import_decisions"),
    path("imports/<int:run_id>/rows/<int:number>/", import_rows.row, name="import_row"),
    path("imports/<int:run_id>/rows/<int:number>/decision/", import_rows.decision, name="import_decision"),
    path("exports/", exports.export_list, name="exports"),
    path("exports/new/", exports.export_start, name="export_start"),
    path("exports/<int:run_id>/", exports.export_page, name="export"),
    path("exports/<int:run_id>/file/", exports.export_file, name="export_file"),
    path("settings/people-file/", people.people_file, name="people_file"),
    path("me/robots/", channels.my_robots, name="my_robots"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/<slug:key>/", channels.channel, name="channel"),
    path("settings/channels/<slug:key>/test/", channels.channel_test, name="channel_test"),
    path("settings/mailboxes/", mailboxes.mailboxes, name="mailboxes"),
    path("settings/mailboxes/new/", mailboxes.mailbox_new, name="mailbox_new"),
    path("settings/mailboxes/<int:pk>/", mailboxes.mailbox, name="mailbox"),
    path("settings/mailboxes/<int:pk>/trial/", mailboxes.mailbox_trial, name="mailbox_trial"),
    path("settings/mailboxes/<int:pk>/retrial/", mailboxes.mailbox_retrial, name="mailbox_retrial"),
    path("settings/mailboxes/<int:pk>/removal/", mailboxes.mailbox_removal, name="mailbox_removal"),
    path("mails/<int:pk>/", mailboxes.mail, name="mail"),
    path("mails/<int:pk>/acknowledgement/", mailboxes.acknowledgement, name="mail_acknowledgement"),
    path("hooks/<str:token>/", endpoints.hook, name="hook"),
    path("settings/webhooks/", subscriptions.webhooks, name="webhooks"),
    path("settings/webhooks/new/", subscriptions.webhook_new, name="webhook_new"),
    path("settings/webhooks/in/new/", endpoints.endpoint_new, name="endpoint_new"),
    path("settings/webhooks/in/<int:pk>/", endpoints.endpoint, name="endpoint"),
    path("settings/webhooks/in/<int:pk>/token/", endpoints.endpoint_token, name="endpoint_token"),
    path("settings/webhooks/in/<int:pk>/switch/", endpoints.endpoint_switch, name="endpoint_switch"),
    path("settings/webhooks/in/<int:pk>/removal/", endpoints.endpoint_removal, name="endpoint_removal"),
    path("settings/webhooks/<int:pk>/", subscriptions.webhook, name="webhook"),
    path("settings/webhooks/<int:pk>/edit/", subscriptions.webhook_edit, name="webhook_edit"),
    path("settings/webhooks/<int:pk>/switch/", subscriptions.webhook_switch, name="webhook_switch"),
    path("settings/webhooks/<int:pk>/secret/", subscriptions.webhook_secret, name="webhook_secret"),
    path("settings/webhooks/<int:pk>/ping/", subscriptions.webhook_ping, name="webhook_ping"),
    path("settings/webhooks/<int:pk>/removal/", subscriptions.webhook_removal, name="webhook_removal"),
    path("settings/webhooks/<int:pk>/resending/", subscriptions.webhook_resending, name="webhook_resending"),
    path("settings/webhooks/<int:pk>/deliveries/<int:delivery_id>/", subscriptions.delivery, name="delivery"),
    path(
        "settings/webhooks/<int:pk>/deliveries/<int:delivery_id>/body/",
        subscriptions.delivery_body,
        name="delivery_body",
    ),
    path(
        "settings/webhooks/<int:pk>/deliveries/<int:delivery_id>/resending/",
        subscriptions.delivery_resending,
        name="delivery_resending",
    ),
    path("settings/webhooks/<int:subscription_id>/outflow/", outflow.grant_new, name="outflow_new"),
    path("settings/outflow/", outflow.outflow, name="outflow"),
    path("settings/outflow/rules/<int:rule_id>/", outflow.rule_grant_new, name="outflow_rule"),
    path("settings/outflow/<int:pk>/", outflow.grant, name="outflow_grant"),
    path("settings/outflow/<int:pk>/decision/", outflow.grant_decision, name="outflow_decision"),
    path("settings/outflow/<int:pk>/ending/", outflow.grant_ending, name="outflow_ending"),
    path("<record_type:record_type>/bulk/export/", exports.export_records, name="export_records"),
]
