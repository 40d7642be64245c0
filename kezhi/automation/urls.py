"""Addresses of rules, their runs and message templates."""

from django.urls import URLPattern, path

from kezhi.automation.views import pages, parts, runs, templates, trials

app_name = "automation"

urlpatterns: list[URLPattern] = [
    path("settings/rules/", pages.show_rules, name="rules"),
    path("settings/rules/new/", pages.new_rule, name="rule_new"),
    path("settings/rules/runs/", runs.show_runs, name="runs"),
    path("settings/rules/month/", runs.show_month, name="month"),
    path("settings/rules/runs/<int:run_id>/again/", runs.again, name="run_again"),
    path("settings/rules/<int:rule_id>/", pages.show_rule, name="rule"),
    path("settings/rules/<int:rule_id>/name/", parts.rename, name="rule_name"),
    path("settings/rules/<int:rule_id>/when/", parts.edit_when, name="part_when"),
    path("settings/rules/<int:rule_id>/condition/", parts.edit_condition, name="part_condition"),
    path("settings/rules/<int:rule_id>/step/", parts.edit_step, name="part_step"),
    path("settings/rules/<int:rule_id>/arrange/", parts.arrange_step, name="part_arrange"),
    path("settings/rules/<int:rule_id>/try/", trials.try_out, name="rule_try"),
    path("settings/rules/<int:rule_id>/publish/", pages.publish, name="rule_publish"),
    path("settings/rules/<int:rule_id>/switch/", pages.switch, name="rule_switch"),
    path("settings/rules/<int:rule_id>/draft/drop/", pages.throw_draft_away, name="draft_drop"),
    path("settings/rules/<int:rule_id>/copy/", pages.copy_rule, name="rule_copy"),
    path("settings/rules/<int:rule_id>/reviewed/", pages.reviewed, name="rule_reviewed"),
    path("settings/rules/<int:rule_id>/remove/", pages.remove, name="rule_remove"),
    path("settings/rules/<int:rule_id>/versions/<int:number>/", pages.show_version, name="rule_version"),
    path("settings/templates/", templates.show_templates, name="templates"),
    path("settings/templates/new/", templates.edit_template, name="template_new"),
    path("settings/templates/<int:template_id>/", templates.edit_template, name="template"),
    path("<slug:slug>/rules/try/", trials.try_chosen, name="try_chosen"),
    path("<slug:slug>/<int:record_id>/rules/", runs.of_record, name="record_rules"),
]
