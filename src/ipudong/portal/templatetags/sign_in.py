"""What the pages around signing in need besides the portal's parts."""

from django import template

from ipudong.portal.browsers import name_browser

register = template.Library()
register.filter("browser", name_browser)
