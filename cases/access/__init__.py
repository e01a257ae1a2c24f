"""Which cases a container holds, and which parts of them: the grants.

`grants_for` is the rule, a pure function of the facts; `sync_grants` writes it down in the same
transaction as the fact; lists and pages read the rows. Nobody types a grant.
"""

from cases.access.doors import (
    at_desks,
    barred_from,
    get_case_or_404,
    held_by,
    not_hidden,
    recused_cases,
    require,
    require_level,
    sight_of,
    sights_of,
    visible,
)
from cases.access.gone import tell_if_disposed, tell_if_referral_disposed
from cases.access.rare import may_have
from cases.access.rule import EVERYTHING, WITHOUT_PERSON, GrantSpec, end_of_day, grants_for
from cases.access.sight import KEPT_APART, Sight
from cases.access.standing import Standing, container_of, responsible_in, sort_columns, sync_grants

__all__ = [
    "EVERYTHING",
    "KEPT_APART",
    "WITHOUT_PERSON",
    "GrantSpec",
    "Sight",
    "Standing",
    "at_desks",
    "barred_from",
    "container_of",
    "end_of_day",
    "get_case_or_404",
    "grants_for",
    "held_by",
    "may_have",
    "not_hidden",
    "recused_cases",
    "require",
    "require_level",
    "responsible_in",
    "sight_of",
    "sights_of",
    "sort_columns",
    "sync_grants",
    "tell_if_disposed",
    "tell_if_referral_disposed",
    "visible",
]
