"""The roof: settings, addresses, and what reads across the whole portal."""

from nrm_portal.celery import app as celery_app

__all__ = ["celery_app"]
