"""Addresses below `/govcollab/matching/`."""

from django.urls import path

from ipudong.systems.govcollab import matching_pages as pages

urlpatterns = [
    path("", pages.show_queue, name="matching"),
    path("<int:match_id>/", pages.show_match, name="match"),
    path("<int:match_id>/decide/", pages.decide, name="decide_match"),
]
