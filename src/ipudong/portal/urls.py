"""Addresses of the portal's own pages."""

from django.urls import include, path

from ipudong.portal.alarm_urls import ALARM_PATHS
from ipudong.portal.device_urls import DEVICE_PATHS
from ipudong.portal.pages import (
    about,
    board,
    desk,
    district,
    home,
    live,
    marks,
    preferences,
    search,
    services,
    tasks,
    wall,
)

app_name = "portal"
urlpatterns = [
    path("", home.show_home, name="home"),
    path("search/", search.show_search, name="search"),
    path("services/", services.list_services, name="services"),
    path("desk/", desk.show_desk, name="desk"),
    path("about/", about.show_about, name="about"),
    path("theme/", preferences.set_theme, name="set_theme"),
    path("plan/", board.show_board, name="board"),
    path("plan/board.csv", board.export_board, name="board_csv"),
    path("plan/wall/", wall.show_wall, name="wall"),
    path("plan/tasks/", tasks.list_tasks, name="tasks"),
    path("plan/tasks/<int:number>/", tasks.show_task, name="task"),
    path("plan/marks/<str:code>/", marks.show_mark, name="mark"),
    path("plan/marks/<str:code>/records.csv", marks.export_records, name="mark_records_csv"),
    path("map/", district.show_map, name="map"),
    path("map/places.geojson", district.list_places_geojson, name="places_geojson"),
    *ALARM_PATHS,
    *DEVICE_PATHS,
    path("administration/", include("ipudong.portal.administration.urls")),
    path("cases/", include("ipudong.portal.cases.urls")),
    path("", include("ipudong.portal.space.urls")),
    path("live/ticket", live.issue_ticket, name="live_ticket"),
]
