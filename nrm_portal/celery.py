"""The Celery application. A lost broker loses no work: the truth is rows, Celery is a nudge."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nrm_portal.settings")

app = Celery("nrm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
