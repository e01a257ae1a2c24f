from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.services.leaving import KEEPERS

        # Both register what is asked before a mail leaves.
        from cases import notifications  # noqa: F401
        from cases.services import views  # noqa: F401
        from cases.services.leaving import CaseWork

        KEEPERS.append(CaseWork())
