"""Forms of sign-in, settings and the administration of people and agencies."""

from accounts.forms.administration import (
    AgencyForm,
    InviteForm,
    LeavingForm,
    MembershipForm,
    NewMembershipForm,
)
from accounts.forms.own import AcceptInvitationForm, ChangePasswordForm, SecrecyForm, SettingsForm
from accounts.forms.signing_in import (
    AddKeyForm,
    CodeAgainForm,
    CodeForm,
    ConnectAppForm,
    KeyAgainForm,
    KeyForm,
    PasswordAgainForm,
    RenameKeyForm,
    SecondKeyForm,
    SignInForm,
)

__all__ = [
    "AcceptInvitationForm",
    "AddKeyForm",
    "AgencyForm",
    "ChangePasswordForm",
    "CodeAgainForm",
    "CodeForm",
    "ConnectAppForm",
    "InviteForm",
    "KeyAgainForm",
    "KeyForm",
    "LeavingForm",
    "MembershipForm",
    "NewMembershipForm",
    "PasswordAgainForm",
    "RenameKeyForm",
    "SecondKeyForm",
    "SecrecyForm",
    "SettingsForm",
    "SignInForm",
]
