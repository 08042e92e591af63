"""The portal as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from ipudong.operations.lifeline import die_with_parent
from ipudong.operations.log import configure_logs

# Loaded in the web server's worker: without its master it would serve an old state forever.
die_with_parent()
configure_logs("portal")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
application = get_wsgi_application()
