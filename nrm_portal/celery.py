"""The Celery application. A lost broker loses no work: the truth is rows, Celery is a nudge."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nrm_portal.settings")

app = Celery("nrm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _refuse_to_start(**_kwargs: Any) -> None:
    """Workers and beat are as strict as the web: over a restored backup they would mail about the erased."""
    from django.core.exceptions import ImproperlyConfigured

    from nrm_portal.checks import refuse_to_start

    try:
        refuse_to_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None  # Celery only logs what is an Exception
