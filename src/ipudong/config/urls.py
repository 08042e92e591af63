"""Addresses of the people's door: the portal, accounts, and one prefix per system."""

from django.urls import URLPattern, URLResolver, include, path

from ipudong.city.manifest import installed

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("ipudong.config.probes")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *(path(f"{system.name}/", include(system.urls)) for system in installed() if system.urls),
    path("", include("ipudong.portal.urls")),
]
handler400 = "ipudong.portal.pages.errors.bad_request"
handler403 = "ipudong.portal.pages.errors.forbidden"
handler404 = "ipudong.portal.pages.errors.not_found"
handler500 = "ipudong.portal.pages.errors.server_error"
