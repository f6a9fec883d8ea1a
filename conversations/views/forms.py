"""What people send by forms, checked before an action sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations import shapes
from conversations.views.snooze import SNOOZES, snooze_end, zone_named

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
    reply_to = forms.IntegerField(required=False, min_value=1)
    then = forms.ChoiceField(choices=[("resolve", _("and resolve"))], required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        has_files = values.get("attachments") or values.get("uploads")
        if "content" not in self.errors and not values["content"].strip() and not has_files:
            self.add_error("content", _("Write something, or attach a file."))
        return values


class StatusForm(forms.Form):
    """A new status; or a snooze by name, or until a moment, in the writer's time zone."""

    status = forms.ChoiceField(
        choices=[(name, name) for name in shapes.CONVERSATION_STATUSES], required=False
    )
    snooze = forms.ChoiceField(choices=list(SNOOZES.items()), required=False)
    until = forms.CharField(required=False, max_length=64)
    zone = forms.CharField(required=False, max_length=64)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        if not any(values.get(name) for name in ("status", "snooze", "until")):
            raise forms.ValidationError(_("Choose a status."))
        values["until"] = self._moment(values)
        return values

    def _moment(self, values: dict[str, Any]) -> datetime | None:
        zone = zone_named(values["zone"])
        if values["snooze"] in SNOOZES and values["snooze"] != "custom":
            return snooze_end(values["snooze"], now=timezone.now(), zone=zone)
        if not values["until"]:
            return None
        try:
            moment = datetime.fromisoformat(values["until"])
        except ValueError:
            raise forms.ValidationError(_("Write a date and a time.")) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)

    def change(self) -> dict[str, Any]:
        """{status, snoozed_until: datetime|None}; a snooze without an end lasts until the next reply."""
        values = self.cleaned_data
        snoozed = bool(values["snooze"] or values["until"])
        return {"status": "snoozed" if snoozed else values["status"], "snoozed_until": values["until"]}


class AssignForm(forms.Form):
    assignee = forms.IntegerField(required=False, min_value=1)


class TeamForm(forms.Form):
    team = forms.IntegerField(required=False, min_value=1)


class PriorityForm(forms.Form):
    priority = forms.ChoiceField(choices=[(name, name) for name in shapes.PRIORITIES], required=False)


class MuteForm(forms.Form):
    muted = forms.BooleanField(required=False)


class LabelsForm(forms.Form):
    """From script what comes and goes; from the page what is ticked, what was there, and a new one."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.had, self.ticked = set(data.getlist("had")), data.getlist("labels")
        self.add = [*data.getlist("add"), *(one for one in self.ticked if one not in self.had)]
        self.remove = [*data.getlist("remove"), *(self.had - set(self.ticked))]


class DraftForm(forms.Form):
    mode = forms.CharField(max_length=8)
    content = forms.CharField(required=False, strip=False, max_length=LONGEST)
    version = forms.IntegerField(min_value=1)
