"""The portal of tests/cases: map, manual and people on duty."""

from tests.cases.conftest import on_duty, portal, referrer, send

__all__ = ["on_duty", "portal", "referrer", "send"]
