from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "nrm_portal"
    label = "portal"

    def ready(self) -> None:
        from nrm_portal import checks, restored  # noqa: F401  registers the system checks
