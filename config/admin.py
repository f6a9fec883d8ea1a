"""The machinery, for the platform's operators: what happened, and what could not be handled."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.models import HandlerRun, OutboxEvent, RelayState

MOST_COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts to 10,000 and no further: a full count of a large table takes longer than its page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST_COUNTED + 1].count())


class ReadOnlyAdmin(admin.ModelAdmin):
    """To look at. What stands here is written by the machinery alone."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "seq", "account_id", "name", "created_at")
    list_filter = ("name",)
    search_fields = ("=account_id", "=seq", "=name")
    ordering = ("-id",)


@admin.register(HandlerRun)
class HandlerRunAdmin(ReadOnlyAdmin):
    """Who waits, and the dead: runs that failed too often. Each can be run again, once its cause is gone."""

    list_display = ("id", "state", "handler", "last_error_start", "account_id", "attempts", "due_at")
    list_filter = ("state", "handler")
    search_fields = ("=account_id", "=event__id", "handler")
    ordering = ("-id",)
    actions = ("run_again",)

    @admin.display(description=gettext_lazy("last error"))
    def last_error_start(self, run: HandlerRun) -> str:
        return run.last_error[:120]

    @admin.action(description=gettext_lazy("Run again"))
    def run_again(self, request: HttpRequest, runs: QuerySet[HandlerRun]) -> None:
        """From the start: attempts count anew. The relay hands them out within a second."""
        waiting = runs.filter(state__in=[HandlerRun.State.DEAD, HandlerRun.State.BACKOFF])
        count = waiting.update(state=HandlerRun.State.QUEUED, attempts=0, enqueues=0, due_at=Now())
        if count:
            text = ngettext(
                "%(count)s run will be tried again.", "%(count)s runs will be tried again.", count
            )
            messages.success(request, text % {"count": count})
        else:
            messages.warning(request, _("None of these has failed: nothing to run again."))


@admin.register(RelayState)
class RelayStateAdmin(ReadOnlyAdmin):
    list_display = ("id", "last_seq", "beat_at", "worker_beat_at")
