from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "nrm_portal.overview"
    label = "overview"
    default_auto_field = "django.db.models.BigAutoField"
