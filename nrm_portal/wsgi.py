"""What the web server calls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nrm_portal.settings")

application = get_wsgi_application()

from nrm_portal.checks import refuse_to_start  # noqa: E402  needs the applications

refuse_to_start()
