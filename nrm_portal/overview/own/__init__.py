"""True numbers for those who hold the cases: a coordinator's desks, an agency's own referrals and steps.

Nothing is hidden here, since they can open the cases; and nothing of any other desk or agency is counted.
"""

from nrm_portal.overview.own.agencies import of_agency
from nrm_portal.overview.own.choosing import Choice, choice_of
from nrm_portal.overview.own.desks import desks_seen, of_desks
from nrm_portal.overview.own.drawing import Own

__all__ = ["Choice", "Own", "choice_of", "desks_seen", "of_agency", "of_desks"]
