"""Addresses of the environment system's pages."""

from django.urls import path, re_path

from ipudong.systems.environment.pages import air, desk, emission, quality, surfaces, water

app_name = "environment"
urlpatterns = [
    path("", air.show_air, name="air"),
    path("air/stations.geojson", air.list_air_geojson, name="air_geojson"),
    path("air/pm25.geojson", surfaces.show_surface, name="pm25_surface"),
    path("air/pm25-error.geojson", surfaces.show_surface_error, name="pm25_error"),
    path("air/<int:station_id>/", air.show_air_station, name="air_station"),
    path("air/<int:station_id>/hours.csv", air.export_air_station, name="air_csv"),
    path("water/", water.show_water, name="water"),
    path("water/sections.geojson", water.list_water_geojson, name="water_geojson"),
    path("water/<int:station_id>/", water.show_section, name="water_section"),
    path("water/<int:station_id>/samples.csv", water.export_section, name="water_csv"),
    path("emission/", emission.show_emission, name="emission"),
    path("emission/outlets.geojson", emission.list_emission_geojson, name="emission_geojson"),
    path("emission/<int:station_id>/", emission.show_outlet, name="outlet"),
    path("emission/<int:station_id>/hours.csv", emission.export_outlet, name="outlet_csv"),
    path(
        "emission/report/<int:year>-<int:month>.<str:form>",
        emission.export_report,
        name="emission_report",
    ),
    path("quality/", quality.show_quality, name="quality"),
    path("quality/<int:finding_id>/settle/", quality.settle, name="settle_finding"),
    path("desk/", desk.show_desk, name="desk"),
    re_path(
        r"^desk/events/(?P<event_id>\d+)/(?P<act>acknowledge|note|close)/$",
        desk.handle_event,
        name="handle_event",
    ),
    re_path(
        r"^desk/alarms/(?P<alarm_id>\d+)/(?P<act>acknowledge|note|close)/$",
        desk.handle_alarm,
        name="handle_alarm",
    ),
]
