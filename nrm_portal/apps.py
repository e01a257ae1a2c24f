from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "nrm_portal"
    label = "portal"
