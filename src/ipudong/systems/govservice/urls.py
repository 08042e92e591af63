"""Addresses below `/govservice/`."""

from django.urls import path

from ipudong.systems.govservice import pages

app_name = "govservice"
urlpatterns = [path("", pages.home, name="home")]
