"""The smallest Django project that the server can serve; the server's tests run it as a subprocess."""

SECRET_KEY = "for-the-server-tests-only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.server.site"
ASGI_APPLICATION = "tests.server.site.application"
INSTALLED_APPS: list[str] = []
# Django's default seven cost nothing to leave out here, but the comparison of costs wants some real ones.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = "en"
USE_TZ = True
APPEND_SLASH = False
MAX_REQUEST_BYTES = 3 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = None
LOGGING_CONFIG = None
