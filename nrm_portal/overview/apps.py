from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "nrm_portal.overview"
    label = "overview"
