"""Addresses of the hall, below `/govservice/`."""

from django.urls import path

from ipudong.systems.govservice import hall_export, hall_guide, hall_pages, hall_search

hall_patterns = [
    path("", hall_pages.show_hall, name="home"),
    path("items/", hall_pages.list_items, name="items"),
    path("items/<slug:code>/", hall_guide.show_guide, name="item"),
    path("items/<slug:code>/check/", hall_guide.show_check, name="check"),
    path("items/<slug:code>.<str:suffix>", hall_export.export_item, name="item_export"),
    path("catalogue.<str:suffix>", hall_export.export_catalogue, name="catalogue"),
    path("journeys/<slug:code>/", hall_pages.show_journey, name="journey"),
    path("search/", hall_search.show_search, name="search"),
    path("suggest/", hall_search.suggest, name="suggest"),
    path("health/", hall_pages.show_health, name="health"),
]
