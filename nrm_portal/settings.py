"""All settings, and the only reader of the environment.

Every variable is listed in README.md (a test compares). A secret may also be read from a file:
`NAME_FILE=/run/secrets/name`. Unsafe values are impossible by default: no default secret, debug off.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environ.fileaware_mapping import FileAwareMapping

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()


class _Secrets(FileAwareMapping):  # type: ignore[misc]  # untyped package
    """A secret in a file usually ends with a line break that is not part of it."""

    def __getitem__(self, key: str) -> str:
        return str(super().__getitem__(key)).strip()


env.ENVIRON = _Secrets()


def _required(name: str, advice: str) -> str:
    value = str(env(name, default=""))
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {advice}")
    return value


# --- what this installation is -------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
"""Demo: fictive data, one-click sign-in, the band "Testmiljö". Refused together with production."""
TESTING = "pytest" in sys.modules
SECRET_KEY = _required("SECRET_KEY", "Start with bin/run, or set a long random string.")
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE = SITE_URL.startswith("https://")
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
QUICK_EXIT_URL = env("QUICK_EXIT_URL", default="https://www.smhi.se/")
SECURITY_CONTACT = env("SECURITY_CONTACT", default="")
"""Where flaws are reported: mailto: or https:, told in /.well-known/security.txt."""

NRM_KEYRING = env("NRM_KEYRING", default="")
"""Keys that wrap every data key: `version:base64,version:base64`, newest first. core.vault reads it."""

AUDIT_SEAL_DIR = env("AUDIT_SEAL_DIR", default="")
"""Where seals of the audit are written besides the database. core.seal_files writes it; empty: nowhere."""

# --- applications --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "nrm_portal",
    "nrm_portal.overview",
    "nrm_portal.review",
    "hotline",
    "cases",
    "coordinators",
    "manual",
    "accounts",
    "core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "guardian",
    "crispy_forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "core.middleware.RequestContext",
    # Outside everything that may answer by itself, so that refusals and static files carry the headers too.
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.AssignmentMiddleware",
    "nrm_portal.middleware.UserLanguage",
    "nrm_portal.middleware.PrivatePages",
]

ROOT_URLCONF = "nrm_portal.urls"
FORCE_SCRIPT_NAME = ""  # the portal has its host to itself; no header says under which path it lies
WSGI_APPLICATION = "nrm_portal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nrm_portal.context.shell",
            ],
            "builtins": ["core.templatetags.nrm", "django.templatetags.i18n"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["nrm"]
CRISPY_TEMPLATE_PACK = "nrm"
CRISPY_FAIL_SILENTLY = False

# --- database, cache, sessions -------------------------------------------------------------------
_database = env.db_url_config(_required("DATABASE_URL", "Start with bin/run, or name your PostgreSQL."))
_database |= {
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {**_database.get("OPTIONS", {}), "options": "-c statement_timeout=60000 -c lock_timeout=5000"},
}
DATABASES: dict[str, Any] = {
    "default": _database,
    # Refusals are recorded on a connection of their own: they must survive the rollback.
    "audit": {**_database, "TEST": {"MIRROR": "default"}},
}
if owner_url := env("DATABASE_OWNER_URL", default=""):
    # The role that migrates. The web and the workers never have it.
    DATABASES["owner"] = env.db_url_config(owner_url) | {"TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
_host = "__Host-" if SECURE else ""  # a cookie no neighbouring host can set
SESSION_COOKIE_NAME = f"{_host}session"
CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = f"{_host}csrftoken", f"{_host}language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # never in a cookie
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 10 * 3600
SESSION_IDLE = timedelta(minutes=env.int("SESSION_IDLE_MINUTES", default=30))
SESSION_WARN_BEFORE = timedelta(minutes=5)
SESSION_ABSOLUTE = timedelta(hours=10)
FRESH_SIGN_IN = timedelta(minutes=10)

# --- people --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = GUARDIAN_MONKEY_PATCH_GROUP = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # rights are read by core.access, not by a backend
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SECOND_FACTOR_REQUIRED = not DEMO
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(FRESH_SIGN_IN.total_seconds())
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm", "reauthenticate": "accounts.forms.PasswordAgainForm"}
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # counted in the cache; accounts.access.limits counts in rows
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
OIDC_PROVIDERS: list[dict[str, Any]] = env.json("OIDC_PROVIDERS", default=[])
"""Organisations that sign their own people in: docs/operations.md, "Sign-in of organisations"."""
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.ConnectAppForm",
    "add_webauthn": "accounts.forms.AddKeyForm",
    "edit_webauthn": "accounts.forms.RenameKeyForm",
    "login_webauthn": "accounts.forms.KeyForm",
    "authenticate_webauthn": "accounts.forms.SecondKeyForm",
    "reauthenticate_webauthn": "accounts.forms.KeyAgainForm",
}
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds; a code works once, see accounts.forms
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_TOTP_ISSUER = "NRM-portalen"
USERSESSIONS_TRACK_ACTIVITY = False  # accounts.middleware does, once a minute

# --- language and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", _("Swedish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "nrm_portal" / "locale"]
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["nrm_portal.formats"]

# --- static files --------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
FILES_ROOT = Path(env("FILES_ROOT", default=str(BASE_DIR / "media")))
FILES_BACKEND = env("FILES_BACKEND", default="django.core.files.storage.FileSystemStorage")
FILES_OPTIONS: dict[str, Any] = env.json("FILES_OPTIONS", default={})
if FILES_BACKEND.endswith("FileSystemStorage"):
    FILES_OPTIONS = {
        "location": FILES_ROOT,
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    } | FILES_OPTIONS
DISPOSAL_LIST = env("DISPOSAL_LIST", default=str(BASE_DIR / "disposals"))
"""Where the list of what has been destroyed lies: never restored together with the database."""
CLAMAV_URL = env("CLAMAV_URL", default="")
"""Where clamd answers: unix:///run/clamav/clamd.ctl or tcp://clamav:3310. Empty: documents stay closed."""
_static = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    # Documents of cases, sealed by core.files before they come here.
    "default": {"BACKEND": FILES_BACKEND, "OPTIONS": FILES_OPTIONS},
    "staticfiles": {
        "BACKEND": _static
        if env.bool("STATIC_MANIFEST", default=False)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- background work -----------------------------------------------------------------------------
CELERY_BROKER_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = False  # the sweep recovers, not the broker
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"core.tasks.render_pdf_job": {"queue": "pdf"}}
# One try and no waiting: a person must not wait for a broker that is down, and the sweep delivers anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 1, "max_retries": 0}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "sweep-outbox": {"task": "core.tasks.sweep_outbox", "schedule": 30.0},
    "sweep-pdf": {"task": "core.tasks.sweep_pdf_jobs", "schedule": 60.0},
    "chase": {"task": "cases.tasks.chase", "schedule": 60.0},
    "digest": {"task": "cases.tasks.send_digests", "schedule": crontab(minute="*/15")},
    "views": {"task": "cases.tasks.look_through_views", "schedule": 300.0},
    "look-for-matches": {"task": "cases.tasks.look_for_matches", "schedule": 60.0},
    "wake-snoozed": {"task": "cases.tasks.wake_snoozed", "schedule": 300.0},
    "drafts": {"task": "cases.tasks.expire_drafts", "schedule": crontab(hour="3", minute="10")},
    "link-calls": {"task": "hotline.tasks.link_calls", "schedule": 300.0},
    "old-calls": {"task": "hotline.tasks.delete_old_calls", "schedule": crontab(hour="3", minute="20")},
    "chase-callbacks": {"task": "hotline.tasks.chase_callbacks", "schedule": 60.0},
    "fold-calls": {"task": "hotline.tasks.fold_calls", "schedule": 60.0},
    "rights": {"task": "coordinators.tasks.sync_rights", "schedule": crontab(minute="5")},
    "compare-grants": {"task": "cases.tasks.compare_grants", "schedule": crontab(hour="2", minute="40")},
    "handovers": {"task": "cases.tasks.conclude_handovers", "schedule": crontab(minute="1")},
    "grounds": {"task": "cases.tasks.expire_grounds", "schedule": crontab(minute="2")},
    "emergencies": {"task": "cases.tasks.close_emergencies", "schedule": 300.0},
    "uncovered-desks": {"task": "cases.tasks.alarm_uncovered", "schedule": 600.0},
    "scan-documents": {"task": "cases.tasks.scan_waiting", "schedule": 60.0},
    "sweep-files": {"task": "cases.tasks.sweep_files", "schedule": crontab(hour="3", minute="40")},
    "missing": {"task": "cases.tasks.remind_missing", "schedule": 300.0},
    "disputes": {"task": "cases.tasks.escalate_disputes", "schedule": 300.0},
    "requests": {"task": "cases.tasks.chase_requests", "schedule": crontab(hour="6", minute="20")},
    "seal-audit": {"task": "core.tasks.seal_audit", "schedule": 60.0},
    "verify-audit": {
        "task": "nrm_portal.review.tasks.verify_audit",
        "schedule": crontab(hour="1", minute="20"),
    },
    "anomalies": {"task": "nrm_portal.review.tasks.find_anomalies", "schedule": 300.0},
    "draw-samples": {
        "task": "nrm_portal.review.tasks.draw_samples",
        "schedule": crontab(hour="5", minute="10"),
    },
    "disposal": {"task": "cases.tasks.look_for_disposals", "schedule": crontab(hour="2", minute="15")},
    "erasing": {"task": "cases.tasks.carry_out_disposals", "schedule": 300.0},
    "breaches": {"task": "cases.tasks.chase_breaches", "schedule": 300.0},
    "attempts": {"task": "accounts.tasks.forget_attempts", "schedule": crontab(minute="20")},
    "editions": {"task": "manual.tasks.keep_editions", "schedule": 300.0},
    "recount": {"task": "nrm_portal.overview.tasks.recount", "schedule": crontab(hour="3", minute="50")},
    "fold-tallies": {"task": "cases.tasks.fold_tallies", "schedule": 60.0},
    "publish": {"task": "nrm_portal.overview.tasks.publish", "schedule": crontab(minute="25")},
    "figures": {"task": "nrm_portal.overview.tasks.tell_of_figures", "schedule": crontab(minute="40")},
}

# --- mail ----------------------------------------------------------------------------------------
_mail = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "")
EMAIL_PORT = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail.get("EMAIL_FILE_PATH", "")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="NRM-portalen <noreply@nrm.invalid>")

# --- web surface ---------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
CSRF_FAILURE_VIEW = "nrm_portal.views.csrf_failure"
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
# "no-referrer" would make browsers send `Origin: null` with our own forms, which then fail the CSRF check.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_HANDLERS = ["core.uploads.OneDoor"]

# --- the portal's own defaults (design: shown as "to be confirmed") ----------------------------
HELPLINE = env("HELPLINE", default="020-39 00 00")
DRAFT_DAYS = env.int("DRAFT_DAYS", default=28)
DRAFT_WARN_DAYS = 7
CALL_DAYS = env.int("CALL_DAYS", default=730)
PUBLISH_THRESHOLD = env.int("PUBLISH_THRESHOLD", default=5)
UNDO_WINDOW = timedelta(seconds=30)
PDF_LIFETIME = timedelta(hours=1)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "core.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"level": "WARNING"}, "fontTools": {"level": "WARNING"}},
}

if TESTING:
    STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    CLAMAV_URL = ""
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
