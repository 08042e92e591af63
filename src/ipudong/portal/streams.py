"""Addresses of the live streams a page may follow."""

from urllib.parse import urlencode

from django.urls import reverse


def ticket_address(*topics: str) -> str:
    """Where the browser fetches its ticket for `topics` (`things:environment`, `alarms`,
    `datastreams:1,2`); empty when there is nothing to follow."""
    if not topics:
        return ""
    return f"{reverse('portal:live_ticket')}?{urlencode([('topic', topic) for topic in topics])}"
