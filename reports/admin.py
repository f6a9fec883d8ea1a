from __future__ import annotations

from django.contrib import admin

from config.admin import ReadOnlyAdmin
from reports.models import ReportingEvent


@admin.register(ReportingEvent)
class ReportingEventAdmin(ReadOnlyAdmin):
    """The measured intervals behind every figure, for operators who check one."""

    list_display = ("id", "account", "name", "value", "inbox", "user", "event_end_time")
    list_select_related = ("account", "inbox", "user")
    list_filter = ("name",)
    search_fields = ("=account__id", "=conversation__id")
    ordering = ("-id",)
