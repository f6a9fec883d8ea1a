"""The agents' pages, below /app/accounts/{account_id}/. Chatwoot's paths, so that mailed links live on."""

from __future__ import annotations

from django.urls import path

from conversations.views import (
    changes,
    choices,
    fields,
    files,
    lists,
    notifications,
    palette,
    search,
    sections,
    styleguide,
    threads,
    writing,
)
from conversations.views.scopes import OWN

app_name = "desk"

# The list's own path, what its conversations and numbers live below, its name, and what it is about.
_LISTS: list[tuple[str, str, str, dict[str, str]]] = [
    ("dashboard", "", "dashboard", {}),
    ("inbox/<id:inbox_id>", "inbox/<id:inbox_id>/", "inbox", {}),
    ("team/<id:team_id>", "team/<id:team_id>/", "team", {}),
    ("label/<str:label>", "label/<str:label>/", "label", {}),
    ("custom_view/<id:filter_id>", "custom_view/<id:filter_id>/", "view", {}),
    *[(f"{own}/conversations", f"{own}/", own, {"own": own}) for own in OWN],
]

_TALK = "conversations/<id:display_id>"

urlpatterns = [
    path("search/all", search.show_search, name="search"),
    *[
        path(f"search/{kind}", search.show_search, {"kind": kind}, name=f"search-{kind}")
        for kind in search.AT_A_GLANCE
    ],
    path("palette", palette.show_hits, name="palette"),
    path("search/forget", search.forget_searches, name="search-forget"),
    path("styleguide", styleguide.show_styleguide, name="styleguide"),
    path("scopes", sections.show_sections, name="scopes"),
    *[
        path(page, lists.show_list, about, name=name if name == "dashboard" else f"{name}-list")
        for page, _below, name, about in _LISTS
    ],
    *[
        path(f"{below}counts", lists.show_counts, about, name=f"{name}-counts")
        for _page, below, name, about in _LISTS
    ],
    *[
        path(
            f"{below}conversations/<id:display_id>",
            threads.show_conversation,
            about,
            name="conversation" if name == "dashboard" else f"{name}-conversation",
        )
        for _page, below, name, about in _LISTS
    ],
    path("inbox-view", notifications.show_notifications, name="notifications"),
    path("inbox-view/read", notifications.read_them_all, name="notifications-read"),
    path("inbox-view/conversations/<id:display_id>", notifications.show_notified, name="notified"),
    *[
        path(
            f"inbox-view/<id:notification_id>/{what}",
            notifications.change,
            {"what": what},
            name=f"notification-{what}",
        )
        for what in notifications.CHANGES
    ],
    path("choices", choices.show_choices, name="choices"),
    path("canned", choices.show_canned, name="canned"),
    path("badges", choices.show_badges, name="badges"),
    path("availability", choices.switch_availability, name="availability"),
    path(f"{_TALK}/messages", writing.messages_of, name="messages"),
    path(f"{_TALK}/messages/<id:message_id>/delete", writing.take_back, name="message-delete"),
    path(f"{_TALK}/messages/<id:message_id>/retry", writing.send_again, name="message-retry"),
    path(f"{_TALK}/uploads", files.uploads, name="uploads"),
    path(f"{_TALK}/uploads/<id:upload_id>", files.remove_upload, name="upload"),
    path("files/<id:attachment_id>/<str:variant>/<str:name>", files.show_file, name="file"),
    path(f"{_TALK}/draft", writing.keep_draft, name="draft"),
    path(f"{_TALK}/field", fields.set_field, name="field"),
    path(f"{_TALK}/notes", fields.add_contact_note, name="notes"),
    path(f"{_TALK}/notes/<id:note_id>/delete", fields.delete_contact_note, name="note-delete"),
    path(f"{_TALK}/seen", changes.set_seen, name="seen"),
    *[path(f"{_TALK}/{what}", changes.change, {"what": what}, name=what) for what in changes.CHANGES],
]
