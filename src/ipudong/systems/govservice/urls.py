"""Addresses below `/govservice/`."""

from ipudong.systems.govservice.apply_urls import apply_patterns
from ipudong.systems.govservice.hall_urls import hall_patterns

app_name = "govservice"
urlpatterns = [*hall_patterns, *apply_patterns]
