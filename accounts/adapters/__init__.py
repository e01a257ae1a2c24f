"""Where django-allauth meets the portal: closed sign-up, sign-in by e-mail, everything audited.

allauth announces sign-ins by signals; the portal has none, so the same moments are caught in the methods
allauth itself calls (docs/adr/0201-sign-in-through-allauth.md).
"""

from accounts.adapters.account import LONGEST, AccountAdapter
from accounts.adapters.organisations import SocialAccountAdapter
from accounts.adapters.second_factor import MFAAdapter, SecondFactorStage

__all__ = ["LONGEST", "AccountAdapter", "MFAAdapter", "SecondFactorStage", "SocialAccountAdapter"]
