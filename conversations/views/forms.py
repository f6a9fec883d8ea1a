"""What people send by forms, checked before an action sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

STATUSES = ("open", "resolved", "pending", "snoozed")
SNOOZES = ("hour", "tomorrow", "monday", "reply")
MORNING = 9
LONGEST = 150_000


class ManyFiles(forms.FileField):
    """Every file of one input, instead of the last."""

    widget = type("ManyFilesInput", (forms.ClearableFileInput,), {"allow_multiple_selected": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, Sequence) else [data]
        return [super(ManyFiles, self).clean(file, initial) for file in files if file]


class IdList(forms.Field):
    """Ids of rows, separated by commas."""

    def to_python(self, value: Any) -> tuple[int, ...]:
        try:
            ids = tuple(int(part) for part in (value or "").split(",") if part.strip())
        except ValueError:
            raise forms.ValidationError(
                _("The files of this message are not known. Attach them again.")
            ) from None
        if any(not 0 < one < 2**63 for one in ids):
            raise forms.ValidationError(_("The files of this message are not known. Attach them again."))
        return ids


class MessageForm(forms.Form):
    """A reply or a private note: some text, some files, or both."""

    content = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"id": "composer-text"}),  # where the summary of errors leads
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[("reply", _("Reply")), ("note", _("Private note"))])
    attachments = ManyFiles(label=_("Files"), required=False)
    uploads = IdList(required=False)  # files that were stored ahead
    echo_id = forms.UUIDField(required=False)
    seen = forms.IntegerField(required=False, min_value=0)
    anyway = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        has_files = values.get("attachments") or values.get("uploads")
        if "content" not in self.errors and not values["content"].strip() and not has_files:
            self.add_error("content", _("Write something, or attach a file."))
        return values


class StatusForm(forms.Form):
    """A new status, or a snooze and the writer's offset from UTC in minutes."""

    status = forms.ChoiceField(choices=[(name, name) for name in STATUSES], required=False)
    snooze = forms.ChoiceField(choices=[(name, name) for name in SNOOZES], required=False)
    offset = forms.IntegerField(required=False, min_value=-16 * 60, max_value=16 * 60)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not values.get("status") and not values.get("snooze"):
            raise forms.ValidationError(_("Choose a status."))
        return values

    def change(self) -> dict[str, Any]:
        """{status, snoozed_until: datetime|None}; a snooze without an end lasts until the next reply."""
        snooze = self.cleaned_data["snooze"]
        if not snooze:
            return {"status": self.cleaned_data["status"], "snoozed_until": None}
        until = snooze_end(snooze, now=timezone.now(), offset=self.cleaned_data["offset"] or 0)
        return {"status": "snoozed", "snoozed_until": until}


class AssignForm(forms.Form):
    assignee = forms.IntegerField(required=False, min_value=1)


def snooze_end(name: str, *, now: datetime, offset: int) -> datetime | None:
    """When a snooze ends: an hour from now, or nine in the morning where the writer is (offset: minutes
    east of UTC); None for "until the next reply"."""
    if name == "reply":
        return None
    if name == "hour":
        return now + timedelta(hours=1)
    local = now.astimezone(UTC) + timedelta(minutes=offset)
    days = 1 if name == "tomorrow" else 7 - local.weekday()
    morning = (local + timedelta(days=days)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return morning - timedelta(minutes=offset)
