from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.services.invitations import fill_invitation
        from core import outbox

        outbox.fill("invitation")(fill_invitation)
