"""Forms of the map and the desks, and of work notes."""

from coordinators.forms.desk import (
    AbsenceForm,
    ChangeAbsenceForm,
    ChangeDutyForm,
    CloseDeskForm,
    DayField,
    DeskForm,
    DutyForm,
    MoveCountyForm,
    OpenDeskForm,
    OwnAbsenceForm,
    PortalForm,
    TryRouteForm,
    VersionedForm,
)

__all__ = [
    "AbsenceForm",
    "ChangeAbsenceForm",
    "ChangeDutyForm",
    "CloseDeskForm",
    "DayField",
    "DeskForm",
    "DutyForm",
    "MoveCountyForm",
    "OpenDeskForm",
    "OwnAbsenceForm",
    "PortalForm",
    "TryRouteForm",
    "VersionedForm",
]
