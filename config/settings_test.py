"""Settings of the tests: the real services, a fast hasher, tasks in the same process."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES, REST_FRAMEWORK

ENVIRONMENT = "test"
SECRET_KEY = "insecure-test-key-of-enough-length-for-hmac-0123456789"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "[::1]"]
CELERY_TASK_ALWAYS_EAGER = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
PRIVATE_NETWORKS_ALLOWED = True  # the stubs that tests talk to are on loopback
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 0, "max_size": 8, "timeout": 5}
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = {
    "visitor": "10000/min",
    "visitor_ip": "10000/min",
    "new_visitor": "10000/min",
    "token": "100000/min",
    "transcript": "1000/h",
    "upload": "10000/min",
    "escalation": "5/min",
}
