"""Addresses below `/citysense/`."""

from django.urls import path

from ipudong.systems.citysense import pages

app_name = "citysense"
urlpatterns = [
    path("", pages.home, name="home"),
    path("vehicles.geojson", pages.vehicles_geojson, name="vehicles_geojson"),
    path("vehicles/<int:thing_id>/", pages.show_vehicle, name="vehicle"),
    path("vehicles/<int:thing_id>/points.json", pages.track_points, name="track_points"),
    path("vehicles/<int:thing_id>/track.<str:form>", pages.export_track, name="track_file"),
]
