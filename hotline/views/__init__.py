"""The pages of the telephone desk, for its operators alone."""

from hotline.views.calls import call, log, new

__all__ = ["call", "log", "new"]
