"""Addresses below `/govcollab/`."""

from django.urls import include, path

from ipudong.systems.govcollab import pages

app_name = "govcollab"
urlpatterns = [
    path("", pages.home, name="home"),
    path("registry/", include("ipudong.systems.govcollab.registry_urls")),
    path("supervision/", include("ipudong.systems.govcollab.supervision_urls")),
    path("matching/", include("ipudong.systems.govcollab.matching_urls")),
]
