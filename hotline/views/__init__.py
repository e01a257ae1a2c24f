"""The pages of the telephone desk, for its operators alone."""

from hotline.views.calls import beside, call, new
from hotline.views.log import log

__all__ = ["beside", "call", "log", "new"]
