"""The portal of tests/cases: map, manual and people on duty; and an operator with her browser."""

from tests.cases.conftest import on_duty, referrer, send
from tests.hotline.phone import browser, by, wednesday

__all__ = ["browser", "by", "on_duty", "referrer", "send", "wednesday"]
