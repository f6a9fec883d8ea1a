"""The WSGI application, for a WSGI server that serves the pages and the API without daphne."""

import os

from django.core.wsgi import get_wsgi_application

from config.serving.tuning import keep_what_is_loaded, load_views

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
load_views()
keep_what_is_loaded()
