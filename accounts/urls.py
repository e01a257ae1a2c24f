"""Addresses of signing in, of one's own settings, and of the administration of people and agencies.

Of allauth's addresses only those used are mounted, under Swedish words; its code finds them by its own
names, which therefore stand outside the namespace.
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.webauthn import views as keys
from django.urls import URLPattern, URLResolver, include, path

from accounts.views import agencies, leaving, organisations, own, people, signing_in

SAFETY = "installningar/sakerhet/"
ADMIN = "admin-sidor/"

own_patterns = [
    path("logga-in/", signing_in.sign_in, name="login"),
    path("logga-in/avbryt/", signing_in.cancel, name="cancel"),
    path("logga-ut/", signing_in.sign_out, name="logout"),
    path("las/", signing_in.lock, name="lock"),
    path("valj-uppdrag/", signing_in.choose, name="choose"),
    path("forsta-gangen/", signing_in.first, name="first"),
    path("inbjudan/", signing_in.accept_invitation, name="accept-invitation"),
    path("inbjudan/<uuid:user_id>/<str:token>/", signing_in.invitation, name="invitation"),
    path("demo/", signing_in.demo, name="demo"),
    path("installningar/", own.settings, name="settings"),
    path("installningar/losenord/", own.password, name="password"),
    path("installningar/organisationer/", organisations.own, name="organisations"),
    path(
        "installningar/organisationer/<slug:provider_id>/anslut/",
        organisations.connect,
        name="connect-organisation",
    ),
    path(
        "installningar/organisationer/<int:account_id>/ta-bort/",
        organisations.disconnect,
        name="disconnect-organisation",
    ),
    path("bekrafta/organisation/", organisations.confirm, name="confirm-organisation"),
    path("installningar/sessioner/", own.sessions, name="sessions"),
    path("installningar/sessioner/alla/", own.end_all_sessions, name="end-all-sessions"),
    path("installningar/sessioner/<int:session_id>/", own.end_session, name="end-session"),
    path(ADMIN, people.administration, name="administration"),
    path(f"{ADMIN}anvandare/", people.people, name="people"),
    path(f"{ADMIN}anvandare/ny/", people.invite, name="invite"),
    path(f"{ADMIN}anvandare/<uuid:user_id>/", people.person, name="person"),
    path(f"{ADMIN}anvandare/<uuid:user_id>/uppdrag/", people.add_membership, name="add-membership"),
    path(f"{ADMIN}anvandare/<uuid:user_id>/lamnar/", leaving.leave, name="leave"),
    path(f"{ADMIN}anvandare/<uuid:user_id>/<slug:deed>/", people.act, name="act"),
    path(f"{ADMIN}uppdrag/<uuid:membership_id>/", people.membership, name="membership"),
    path(f"{ADMIN}uppdrag/<uuid:membership_id>/lamnar/", leaving.leave_membership, name="leave-membership"),
    path(f"{ADMIN}uppdrag/<uuid:membership_id>/avsluta/", people.end_membership, name="end-membership"),
    path(f"{ADMIN}aktorer/", agencies.agencies, name="agencies"),
    path(f"{ADMIN}aktorer/ny/", agencies.new_agency, name="new-agency"),
    path(f"{ADMIN}aktorer/<uuid:agency_id>/", agencies.agency, name="agency"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((own_patterns, "accounts"))),
    path("logga-in/", signing_in.sign_in, name="account_login"),
    path("logga-in/avstangd/", account.account_inactive, name="account_inactive"),
    path("logga-in/kod/", mfa.authenticate, name="mfa_authenticate"),
    path("logga-in/nyckel/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("bekrafta/", own.confirm_by_password, name="account_reauthenticate"),
    path("bekrafta/kod/", own.confirm_by_code, name="mfa_reauthenticate"),
    path("bekrafta/nyckel/", own.confirm_by_key, name="mfa_reauthenticate_webauthn"),
    path(SAFETY, mfa.index, name="mfa_index"),
    path(f"{SAFETY}app/", own.connect_app, name="mfa_activate_totp"),
    path(f"{SAFETY}app/ta-bort/", own.disconnect_app, name="mfa_deactivate_totp"),
    path(f"{SAFETY}reservkoder/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(f"{SAFETY}reservkoder/nya/", own.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path(f"{SAFETY}reservkoder/hamta/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path(f"{SAFETY}nycklar/ny/", own.add_key, name="mfa_add_webauthn"),
    path(f"{SAFETY}nycklar/", keys.list_webauthn, name="mfa_list_webauthn"),
    path(f"{SAFETY}nycklar/<int:pk>/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path(f"{SAFETY}nycklar/<int:pk>/ta-bort/", own.remove_key, name="mfa_remove_webauthn"),
    path("logga-in/organisation/<slug:provider_id>/", organisations.set_off, name="openid_connect_login"),
    path(
        "logga-in/organisation/<slug:provider_id>/svar/",
        organisations.come_back,
        name="openid_connect_callback",
    ),
]
