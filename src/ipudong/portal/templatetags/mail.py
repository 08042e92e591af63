"""Whether the district can send mail: what would promise it asks first."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def mail_is_set() -> bool:
    """A mail server is set."""
    return bool(settings.IPUDONG_MAIL_IS_SET)
