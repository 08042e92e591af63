"""Being written."""

from django.http import HttpResponse
from ipudong.city.identity.pages import permitted


@permitted("portal.view")
def acknowledge(request, **k):
    return HttpResponse("")


@permitted("portal.view")
def add_note(request, **k):
    return HttpResponse("")


@permitted("portal.view")
def close(request, **k):
    return HttpResponse("")


@permitted("portal.view")
def list_alarms(request, **k):
    return HttpResponse("")


@permitted("portal.view")
def show_alarm(request, **k):
    return HttpResponse("")
