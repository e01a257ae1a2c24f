"""Every write to the map, the desks, the duties and the rights that follow from them."""

from coordinators.services.duties import (
    cancel_absence,
    change_absence,
    change_duty,
    eligible,
    put_on_duty,
    register_absence,
)
from coordinators.services.reference import Loaded, load_reference
from coordinators.services.regions import change_desk, close_desk, move_county, open_desk, touch_map
from coordinators.services.rights import follow_membership, sync_desk_permissions, sync_rights

__all__ = [
    "Loaded",
    "cancel_absence",
    "change_absence",
    "change_desk",
    "change_duty",
    "close_desk",
    "eligible",
    "follow_membership",
    "load_reference",
    "move_county",
    "open_desk",
    "put_on_duty",
    "register_absence",
    "sync_desk_permissions",
    "sync_rights",
    "touch_map",
]
