"""Addresses below `/govcollab/supervision/`."""

from django.urls import path

from ipudong.systems.govcollab import (
    supervision_board,
    supervision_calendar,
    supervision_complaints,
    supervision_patterns,
    supervision_scores,
)

urlpatterns = [
    path("", supervision_board.show_board, name="supervision"),
    path("mine/", supervision_board.show_mine, name="supervision_mine"),
    path("cards/<int:card_id>/", supervision_board.show_card, name="supervision_card"),
    path(
        "cards/<int:card_id>/office/<slug:act>/",
        supervision_board.act_for_office,
        name="supervision_office_act",
    ),
    path(
        "cards/<int:card_id>/judge/<slug:act>/",
        supervision_board.act_as_judge,
        name="supervision_judge_act",
    ),
    path(
        "complaints/",
        supervision_complaints.show_complaints,
        name="supervision_complaints",
    ),
    path(
        "complaints/<int:complaint_id>/answer/",
        supervision_complaints.answer,
        name="supervision_answer",
    ),
    path(
        "complain/<str:number>/",
        supervision_complaints.complain,
        name="supervision_complain",
    ),
    path("scores/", supervision_scores.show_scores, name="supervision_scores"),
    path(
        "scores/<str:quarter>.csv",
        supervision_scores.export_scores,
        {"form": "csv"},
        name="supervision_scores_csv",
    ),
    path(
        "scores/<str:quarter>.xlsx",
        supervision_scores.export_scores,
        {"form": "xlsx"},
        name="supervision_scores_xlsx",
    ),
    path(
        "scores/<str:quarter>/publish/",
        supervision_scores.publish,
        name="supervision_publish",
    ),
    path(
        "scores/<str:quarter>/<slug:department>/",
        supervision_scores.show_department,
        name="supervision_department",
    ),
    path("patterns/", supervision_patterns.show_patterns, name="supervision_patterns"),
    path("rules/", supervision_patterns.show_rules, name="supervision_rules"),
    path("calendar/", supervision_calendar.show_calendar, name="work_calendar"),
]
