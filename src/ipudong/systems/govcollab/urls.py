"""Addresses below `/govcollab/`."""

from django.urls import path

from ipudong.systems.govcollab import pages

app_name = "govcollab"
urlpatterns = [path("", pages.home, name="home")]
