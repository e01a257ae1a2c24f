"""Forms of the telephone desk, one noun a file."""

from hotline.forms.calls import CallForm, DayForm

__all__ = ["CallForm", "DayForm"]
