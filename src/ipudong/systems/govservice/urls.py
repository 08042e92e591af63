"""Addresses below `/govservice/`."""

from django.urls import path

from ipudong.systems.govservice import pages
from ipudong.systems.govservice.apply_urls import apply_patterns

app_name = "govservice"
urlpatterns = [path("", pages.home, name="home"), *apply_patterns]
