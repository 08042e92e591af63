"""Permits of the house itself; a system brings its own in its manifest."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import (
    ADMINISTRATOR,
    CLERK,
    DEPARTMENT_HEAD,
    DISTRICT_LEADER,
    DUTY_OFFICER,
    EVERYONE,
    INTEGRATOR,
    OFFICERS,
    SUPERVISOR,
)

HOUSE_PERMITS = (
    Permit(action="portal.view", roles=EVERYONE, title=_("Open the public pages")),
    Permit(action="portal.probe", roles=EVERYONE, title=_("Ask whether the portal is well")),
    Permit(action="plan.view", roles=EVERYONE, title=_("See the plan board")),
    Permit(
        action="plan.export", roles=(*OFFICERS, INTEGRATOR), title=_("Export the plan's records")
    ),
    Permit(action="plan.view_wall", roles=EVERYONE, title=_("Show the wall screen")),
    Permit(action="registry.view_places", roles=EVERYONE, title=_("See places")),
    Permit(
        action="registry.search_persons",
        roles=(CLERK, DUTY_OFFICER, DEPARTMENT_HEAD),
        title=_("Find persons, masked"),
    ),
    Permit(
        action="registry.read_person",
        roles=(CLERK, DUTY_OFFICER, DEPARTMENT_HEAD, SUPERVISOR),
        title=_("Read a person's data for a purpose"),
    ),
    Permit(
        action="registry.change_person",
        roles=(CLERK, DEPARTMENT_HEAD),
        title=_("Register and change persons and households"),
    ),
    Permit(
        action="registry.verify_person",
        roles=(CLERK, DUTY_OFFICER, DEPARTMENT_HEAD, INTEGRATOR),
        title=_("Ask whether a claim about a person holds"),
    ),
    Permit(
        action="registry.export_persons",
        roles=(DEPARTMENT_HEAD,),
        title=_("Export lists of persons, masked"),
    ),
    Permit(
        action="registry.view_register",
        roles=(*OFFICERS, INTEGRATOR),
        title=_("See organizations, projects and land"),
    ),
    Permit(
        action="registry.change_organization",
        roles=(CLERK, DEPARTMENT_HEAD),
        title=_("Register and change organizations"),
    ),
    Permit(
        action="registry.view_quality",
        roles=(CLERK, DEPARTMENT_HEAD, SUPERVISOR, DISTRICT_LEADER, ADMINISTRATOR),
        title=_("See the quality of the registry"),
    ),
    Permit(
        action="registry.geocode",
        roles=(*OFFICERS, INTEGRATOR),
        title=_("Look up standard addresses and their points"),
    ),
    Permit(
        action="registry.review_matches",
        roles=(CLERK, DEPARTMENT_HEAD),
        title=_("Merge records that are one, keep others apart, and undo it"),
    ),
    Permit(action="sensing.view_things", roles=EVERYONE, title=_("See stations and readings")),
    Permit(action="sensing.view_alarms", roles=OFFICERS, title=_("See alarms")),
    Permit(
        action="sensing.view_positions",
        roles=OFFICERS,
        title=_("See where vehicles are and were"),
    ),
    Permit(
        action="sensing.handle_alarm",
        roles=(DUTY_OFFICER, DEPARTMENT_HEAD, ADMINISTRATOR),
        title=_("Acknowledge, note and close alarms"),
    ),
    Permit(
        action="sensing.adopt_device",
        roles=(DUTY_OFFICER, INTEGRATOR, ADMINISTRATOR),
        title=_("Adopt quarantined devices"),
    ),
    Permit(
        action="sensing.manage_devices",
        roles=(DUTY_OFFICER, INTEGRATOR, ADMINISTRATOR),
        title=_("Register, change and import devices"),
    ),
    Permit(
        action="sensing.manage_credentials",
        roles=(INTEGRATOR, ADMINISTRATOR),
        title=_("Issue device tokens and provisioning keys"),
    ),
    Permit(
        action="sensing.manage_profiles",
        roles=(INTEGRATOR, ADMINISTRATOR),
        title=_("Write device profiles"),
    ),
    Permit(
        action="sensing.update_firmware",
        roles=(INTEGRATOR, ADMINISTRATOR),
        title=_("Keep firmware and run update campaigns"),
    ),
    Permit(
        action="sensing.command_station",
        roles=(DUTY_OFFICER, ADMINISTRATOR),
        title=_("Send commands to stations"),
    ),
    Permit(
        action="sensing.post_observations",
        roles=(INTEGRATOR, ADMINISTRATOR),
        title=_("Send observations through the interface"),
    ),
    Permit(
        action="sensing.manage_things",
        roles=(INTEGRATOR, ADMINISTRATOR),
        title=_("Create, change and delete things and datastreams through the interface"),
    ),
    Permit(
        action="sensing.manage_rules",
        roles=(DUTY_OFFICER, DEPARTMENT_HEAD, ADMINISTRATOR),
        title=_("Change alarm rules"),
    ),
    Permit(
        action="sensing.plan_maintenance",
        roles=(DUTY_OFFICER, DEPARTMENT_HEAD, ADMINISTRATOR),
        title=_("Plan maintenance, during which alarms are held back"),
    ),
    Permit(
        action="sensing.manage_notifications",
        roles=(DEPARTMENT_HEAD, ADMINISTRATOR),
        title=_("Decide who is told of alarms"),
    ),
    Permit(
        action="identity.manage_tokens",
        roles=(INTEGRATOR, ADMINISTRATOR),
        title=_("Issue interface tokens"),
    ),
    Permit(action="identity.manage", roles=(ADMINISTRATOR,), title=_("Manage accounts")),
    Permit(
        action="audit.view",
        roles=(SUPERVISOR, DISTRICT_LEADER, ADMINISTRATOR),
        title=_("Read the audit"),
    ),
    Permit(
        action="casework.work",
        roles=(CLERK, DUTY_OFFICER, DEPARTMENT_HEAD),
        title=_("Work on cases of the own department"),
    ),
    Permit(
        action="casework.manage",
        roles=(DEPARTMENT_HEAD,),
        title=_("Hand out tasks of the own department and move cases"),
    ),
)
