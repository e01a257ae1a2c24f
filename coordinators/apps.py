from django.apps import AppConfig


class CoordinatorsConfig(AppConfig):
    name = "coordinators"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.services.leaving import KEEPERS
        from accounts.services.memberships import FOLLOWERS
        from coordinators.services import follow_membership
        from coordinators.services.leaving import Duties

        FOLLOWERS.append(follow_membership)
        KEEPERS.append(Duties())
