"""Addresses of alarms, rules, areas, maintenance and notifications."""

from django.urls import path

from ipudong.portal.pages import (
    alarm_acts,
    alarms,
    desk,
    fences,
    maintenance,
    notifications,
    rules,
)

ALARM_PATHS = (
    path("alarms/", alarms.list_alarms, name="alarms"),
    path("alarms/alarms.<str:form>", alarms.export_alarms, name="alarms_file"),
    path("alarms/acknowledge/", alarms.acknowledge_many, name="acknowledge_alarms"),
    path("alarms/<int:alarm_id>/", alarms.show_alarm, name="alarm"),
    path("alarms/<int:alarm_id>/acknowledge/", alarm_acts.acknowledge, name="acknowledge_alarm"),
    path("alarms/<int:alarm_id>/note/", alarm_acts.add_note, name="note_alarm"),
    path("alarms/<int:alarm_id>/close/", alarm_acts.close, name="close_alarm"),
    path("alarms/<int:alarm_id>/assign/", alarm_acts.assign, name="assign_alarm"),
    path("alarms/<int:alarm_id>/shelve/", alarm_acts.shelve, name="shelve_alarm"),
    path("alarms/<int:alarm_id>/take-back/", alarm_acts.take_back, name="take_back_alarm"),
    path("alarms/maintenance/", maintenance.list_suppressions, name="maintenance"),
    path("alarms/maintenance/plan/", maintenance.plan, name="plan_maintenance"),
    path("alarms/maintenance/<int:suppression_id>/end/", maintenance.end, name="end_suppression"),
    path("alarms/policies/", notifications.list_policies, name="policies"),
    path("alarms/policies/new/", notifications.edit_policy, name="new_policy"),
    path("alarms/policies/escalation/", notifications.set_escalation, name="set_escalation"),
    path("alarms/policies/<int:policy_id>/", notifications.edit_policy, name="policy"),
    path(
        "alarms/policies/<int:policy_id>/delete/", notifications.remove_policy, name="delete_policy"
    ),
    path("alarms/policies/<int:policy_id>/test/", notifications.test_policy, name="test_policy"),
    path("alarms/deliveries/", notifications.list_deliveries, name="deliveries"),
    path(
        "alarms/deliveries/<int:delivery_id>/retry/",
        notifications.retry_delivery,
        name="retry_delivery",
    ),
    path("desk/messages/read/", desk.read_all, name="read_messages"),
    path("rules/", rules.list_rules, name="rules"),
    path("rules/new/", rules.choose_kind, name="new_rule"),
    path("rules/new/<slug:kind>/", rules.draft_rule, name="draft_rule"),
    path("rules/areas/", fences.list_fences, name="fences"),
    path("rules/areas/new/", fences.edit_fence, name="new_fence"),
    path("rules/areas/<int:fence_id>/", fences.edit_fence, name="fence"),
    path("rules/areas/<int:fence_id>/delete/", fences.delete, name="delete_fence"),
    path("rules/<int:rule_id>/", rules.show_rule, name="rule"),
    path("rules/<int:rule_id>/edit/", rules.edit_rule, name="edit_rule"),
    path("rules/<int:rule_id>/switch/", rules.switch, name="switch_rule"),
    path("rules/<int:rule_id>/copy/", rules.copy, name="copy_rule"),
    path("rules/<int:rule_id>/delete/", rules.delete, name="delete_rule"),
    path("rules/<int:rule_id>/try/", rules.start_trial, name="try_rule"),
    path("rules/<int:rule_id>/trial/", rules.show_trial, name="trial"),
)
