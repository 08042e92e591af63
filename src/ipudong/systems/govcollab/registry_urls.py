"""Addresses below `/govcollab/registry/`."""

from django.urls import path

from ipudong.systems.govcollab import (
    registry_households,
    registry_organizations,
    registry_people,
    registry_quality,
)

urlpatterns = [
    path("", registry_people.find_persons, name="registry"),
    path("persons.csv", registry_people.export_persons, name="registry_persons_csv"),
    path("persons/new/", registry_people.register, name="registry_person_new"),
    path("persons/<int:person_id>/", registry_people.show_person, name="registry_person"),
    path(
        "persons/<int:person_id>/close/",
        registry_people.close_person,
        name="registry_person_close",
    ),
    path("persons/<int:person_id>/change/", registry_people.change, name="registry_person_change"),
    path(
        "households/<int:household_id>/",
        registry_households.show_household,
        name="registry_household",
    ),
    path(
        "organizations/", registry_organizations.find_organizations, name="registry_organizations"
    ),
    path(
        "organizations.csv",
        registry_organizations.export_organizations,
        name="registry_organizations_csv",
    ),
    path(
        "organizations/<int:organization_id>/",
        registry_organizations.show_organization,
        name="registry_organization",
    ),
    path(
        "organizations/<int:organization_id>/change/",
        registry_organizations.change,
        name="registry_organization_change",
    ),
    path(
        "organizations/<int:organization_id>/events/new/",
        registry_organizations.add_event,
        name="registry_organization_event",
    ),
    path("projects/", registry_organizations.show_projects, name="registry_projects"),
    path("verification/", registry_quality.verify, name="registry_verification"),
    path("quality/", registry_quality.show_quality, name="registry_quality"),
    path("quality/measure/", registry_quality.measure, name="registry_measure"),
    path("purposes/", registry_people.show_purposes, name="registry_purposes"),
]
