"""One settings file, in sections. Everything an operator may change comes from `config.env`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import bucket, env
from config.logs import logging_config
from config.schema_components import API_COMPONENTS

# --- where and what ---------------------------------------------------------------------------------
BASE_DIR = env.ROOT
ENVIRONMENT = env.choice("ENVIRONMENT", among=("development", "test", "production"), default="development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.flag("DEBUG", default=False)
DATA_DIR = Path(env.text("DATA_DIR", "var")).expanduser()
if not DATA_DIR.is_absolute():
    DATA_DIR = BASE_DIR / DATA_DIR
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
SECRET_KEY = env.secret(
    "SECRET_KEY", "" if PRODUCTION else "insecure-development-key-never-used-in-production"
)
# Fernet keys, newest first: the first encrypts, all of them decrypt, so that keys can be rotated.
FIELD_KEYS = [key for key in env.secret("FIELD_KEYS").split(",") if key.strip()]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", PUBLIC_URL)
TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", default=0)
SIGNUP_ENABLED = env.flag("SIGNUP_ENABLED", default=False)

# --- applications -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "accounts",
    "inboxes",
    "conversations",
    "channels_ext",
    "automation",
    "reports",
    "config.admin_app.ParleyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "csp",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "anymail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

# The order matters: who answers for a stopped database has to stand outside everything that asks it.
MIDDLEWARE = [
    "config.middleware.RequestContext",
    "config.middleware.ServiceUnavailable",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.middleware.ContentSecurityPolicy",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.ShortWay",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
SHORT_WAYS = {"/api/v1/widget/messages": "channels_ext.widget.quick.post_message"}

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------------
DATABASE_URL = env.secret(
    "DATABASE_URL", "" if PRODUCTION else "postgres://parley@/parley?host=/run/postgresql"
)
if not DATABASE_URL:
    raise ImproperlyConfigured("DATABASE_URL is not set: name a PostgreSQL database, 15 or newer")
_database = env.database(DATABASE_URL)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database,
        "ATOMIC_REQUESTS": False,  # accounts.edge opens the transaction, around the rendering too
        "CONN_MAX_AGE": 0,  # kept connections leak one per thread under ASGI; the pool keeps them instead
        "OPTIONS": {
            **_database["OPTIONS"],  # type: ignore[dict-item]
            # The role is set by the server at connect time. Django's `assume_role` deadlocks with the pool.
            "options": f"-c role={_database['NAME']}_app -c statement_timeout=30000 -c lock_timeout=10000 "
            "-c idle_in_transaction_session_timeout=60000 -c max_parallel_workers_per_gather=0 "
            "-c plan_cache_mode=force_generic_plan",
            "pool": {
                "min_size": env.number("DATABASE_POOL_MIN", default=1),
                "max_size": env.number("DATABASE_POOL_MAX", default=12, least=1),
                "timeout": 5,
                "max_idle": 300,
            },
            "connect_timeout": 5,
        },
        "TEST": {"TEMPLATE": "template0"},
    },
}

# --- Redis: broker, bus, cache ----------------------------------------------------------------------
REDIS_URL = env.secret("REDIS_URL", "" if PRODUCTION else "redis://127.0.0.1:6379/0")
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is not set: name a Redis (6.2 or newer) or Valkey server")
_redis_is_socket = REDIS_URL.startswith("unix://")
# In front of every key, channel and queue. Two installations may share a server: a database number would not
# keep their published messages apart.
REDIS_PREFIX = env.text("REDIS_PREFIX", "parley")
CACHES = {
    "default": {
        # A cache that is away costs speed, never an answer (config.cache).
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        "KEY_PREFIX": REDIS_PREFIX,
    },
}
CHANNEL_LAYERS = {
    "default": {
        # Pub/sub, not the core layer: that one drops silently above 100 waiting messages, and dies on an
        # idle connection with redis-py 8 unless the socket timeout is longer than its blocking read.
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": 30, "max_connections": 200}],
            "prefix": REDIS_PREFIX,
        },
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- Celery -----------------------------------------------------------------------------------------
CELERY_BROKER_URL = (
    f"redis+socket://{REDIS_URL[7:].split('?')[0]}?virtual_host=0" if _redis_is_socket else REDIS_URL
)

# --- people -----------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "accounts.signin.AccountAdapter"
MFA_ADAPTER = "accounts.signin.MfaAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/h/key",
    "login": "30/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
LOGIN_URL = "/app/login"
LOGIN_REDIRECT_URL = "/app/"
LOGOUT_REDIRECT_URL = "/app/login"
PASSWORD_RESET_TIMEOUT = 60 * 60
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Grants are asked for by object in accounts.permissions, not through user.has_perm: no backend needed.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None

# --- API --------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["config.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "conversations.api.parsers.BoundedJSON",
        "conversations.api.parsers.BoundedMultiPart",
        "conversations.api.parsers.BoundedForm",
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "config.schema.Schema",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "DEFAULT_THROTTLE_RATES": {
        "visitor": env.text("RATE_VISITOR", "20/min"),
        "visitor_ip": env.text("RATE_VISITOR_IP", "300/min"),
        "new_visitor": env.text("RATE_NEW_VISITOR", "60/min"),
        "token": env.text("RATE_TOKEN", "3000/min"),
        "transcript": env.text("RATE_TRANSCRIPT", "30/h"),
        "upload": env.text("RATE_UPLOAD", "60/min"),
        "escalation": env.text("RATE_ESCALATION", "5/min"),
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parley API",
    "DESCRIPTION": "Accounts, inboxes, contacts, conversations and messages.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "integer", "format": "int64", "minimum": 1},
    },
    "ENUM_NAME_OVERRIDES": {
        "ArticleStatus": "channels_ext.portal.shapes.STATUSES",
        "AccountStatus": "accounts.shapes.ACCOUNT_STATUSES",
        "ConversationStatus": "conversations.shapes.CONVERSATION_STATUSES",
        "ConversationStatusOrAll": ["open", "resolved", "pending", "snoozed", "all"],
    },
    "PREPROCESSING_HOOKS": ["config.schema.without_doubles"],
    "APPEND_COMPONENTS": API_COMPONENTS,
}
# Only what other sites' pages call. Everything else is same-origin.
CORS_URLS_REGEX = (
    r"^/(public/api|api/v1/widget|widget\.js|widget/more\.js|sdk\.js|packs/js/sdk\.js|static/widget)(/|$)"
)
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False

# --- messages, files --------------------------------------------------------------------------------
MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_BYTES", default=10 * 1024 * 1024, least=1)
MAX_MESSAGE_BYTES = env.number("MAX_MESSAGE_BYTES", default=40 * 1024 * 1024, least=1)  # all its files
MAX_REQUEST_BYTES = env.number("MAX_REQUEST_BYTES", default=64 * 1024 * 1024, least=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 15
MEDIA_ROOT = DATA_DIR / "media"
# Where nginx finds MEDIA_ROOT (X-Accel-Redirect): then it sends the files, and we only say who may have them.
ACCEL_LOCATION = env.text("ACCEL_LOCATION")
# Files in a bucket instead of MEDIA_ROOT: see config.bucket for STORAGE_URL and its equivalents.
S3_OPTIONS = bucket.options()
STORAGE_LINK_SECONDS = env.number("STORAGE_LINK_SECONDS", default=300, least=10)
FILE_LINK_MINUTES = env.number("FILE_LINK_MINUTES", default=60, least=20)  # of links in API answers, webhooks
FILES_GRACE_HOURS = env.number("FILES_GRACE_HOURS", default=23, least=1)  # until an unneeded file goes
VISITOR_TOKEN_DAYS = env.number("WIDGET_TOKEN_EXPIRY", default=180, least=1)
PRIVATE_NETWORKS_ALLOWED = env.flag("PRIVATE_NETWORKS_ALLOWED", default=False)

# --- events and realtime ----------------------------------------------------------------------------
OUTBOX_ENABLED = True  # the drill's broken twin switches it off
REALTIME_REREAD = True  # likewise
PRESENCE = "channels_ext.realtime.presence.online_users"  # who is here; lower layers ask by this name
OUTBOX_KEEP_DAYS = env.number("OUTBOX_KEEP_DAYS", default=30, least=1)
# Open sockets per server process.
REALTIME_SOCKETS_PER_USER = env.number("REALTIME_SOCKETS_PER_USER", default=20, least=1)
REALTIME_SOCKETS_PER_ADDRESS = env.number("REALTIME_SOCKETS_PER_ADDRESS", default=200, least=1)

# --- language, time, static files -------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "config.storage.S3Files", "OPTIONS": S3_OPTIONS}
    if S3_OPTIONS
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.HashedStatic"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
if ENVIRONMENT != "production" and not (STATIC_ROOT / "staticfiles.json").exists():
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

# --- browser security -------------------------------------------------------------------------------
_https = PUBLIC_URL.startswith("https://")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *bucket.origins(S3_OPTIONS)],
        "font-src": ["'self'"],
        "media-src": ["'self'", "blob:", *bucket.origins(S3_OPTIONS)],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
X_FRAME_OPTIONS = None  # frame-ancestors says it, per view
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31536000 if _https else 0
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- mail -------------------------------------------------------------------------------------------
# EMAIL_URL names an SMTP server (or consolemail://). MAIL_PROVIDER takes a service's HTTP API instead, with its
# credentials in ANYMAIL_… variables as django-anymail calls them: ANYMAIL_POSTMARK_SERVER_TOKEN and the like.
vars().update(env.email(env.secret("EMAIL_URL", "consolemail://")))
MAIL_PROVIDER = env.choice("MAIL_PROVIDER", among=("", *env.MAIL_PROVIDERS), default="")
ANYMAIL: dict[str, Any] = env.with_prefix("ANYMAIL_")
if MAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Parley <parley@localhost>")

# --- logs and errors --------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", among=("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
LOGGING = logging_config(level=LOG_LEVEL, readable=env.flag("LOG_READABLE", default=sys.stderr.isatty()))
SENTRY_DSN = env.secret("SENTRY_DSN")
