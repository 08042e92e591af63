"""Addresses of applying, below `/govservice/`."""

from django.urls import path

from ipudong.systems.govservice import (
    apply_lookup,
    apply_pages,
    apply_start,
    apply_supplement,
    apply_track,
    apply_window,
)

CASE = "cases/<str:number>/"
apply_patterns = [
    path("apply/<slug:code>/", apply_start.start, name="apply"),
    path("track/", apply_lookup.lookup, name="lookup"),
    path("track/<str:token>/", apply_lookup.lookup_token, name="lookup_token"),
    path("window/", apply_window.window, name="window"),
    path(f"{CASE}", apply_track.track, name="apply_track"),
    path(f"{CASE}act/", apply_track.act, name="apply_act"),
    path(f"{CASE}form/", apply_pages.resume, name="apply_form"),
    path(f"{CASE}form/page/<str:code>/", apply_pages.fill_page, name="apply_page"),
    path(f"{CASE}form/page/<str:code>/save/", apply_pages.autosave, name="apply_autosave"),
    path(f"{CASE}form/saved/", apply_pages.show_saved, name="apply_saved"),
    path(f"{CASE}form/check/", apply_pages.check, name="apply_check"),
    path(f"{CASE}done/", apply_track.show_done, name="apply_done"),
    path(f"{CASE}receipt.pdf", apply_track.receipt, name="apply_receipt"),
    path(f"{CASE}supplement/", apply_supplement.supplement, name="apply_supplement"),
    path(f"{CASE}files/<int:key>/", apply_pages.open_file, name="apply_file"),
    path(f"{CASE}papers/<str:paper>/", apply_track.open_paper, name="apply_paper"),
    path(f"{CASE}handover/", apply_window.hand_over_papers, name="apply_handover"),
    path(f"{CASE}handover/<str:receipt>/", apply_window.open_handover, name="apply_handed"),
]
