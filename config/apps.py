from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "config"
    default = True
    verbose_name = "Events"

    def ready(self) -> None:
        from config import celery, checks, errors  # noqa: F401 - the app of every shared task; the checks

        errors.start_sentry()
