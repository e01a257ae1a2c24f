from django.apps import AppConfig


class HotlineConfig(AppConfig):
    name = "hotline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.services.leaving import KEEPERS
        from cases.access.rare import FROM_ABOVE
        from cases.services.disposal.erasing import STAYS_COUNTED
        from cases.services.disposal.reach import LET_GO
        from cases.services.subject.catalogue import SOURCES
        from hotline.models import Call
        from hotline.services import attaching, extract
        from hotline.services.leaving import HelplineWork
        from hotline.services.tallies import stays_counted

        KEEPERS.append(HelplineWork())
        LET_GO.add((Call, "earlier"))
        STAYS_COUNTED.append(lambda found: stays_counted(found.of(Call)))
        SOURCES.extend(extract.SOURCES)
        FROM_ABOVE["with_calls"] = attaching.exists_for_case
