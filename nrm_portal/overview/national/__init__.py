"""The national picture as a page and as files: the same sheets, read from publications alone."""

from nrm_portal.overview.national.choosing import Chosen, comparisons, period_groups
from nrm_portal.overview.national.numbers import numbers
from nrm_portal.overview.national.parts import parts, sheets_of
from nrm_portal.overview.national.picture import Picture, chosen, picture

__all__ = [
    "Chosen",
    "Picture",
    "chosen",
    "comparisons",
    "numbers",
    "parts",
    "period_groups",
    "picture",
    "sheets_of",
]
