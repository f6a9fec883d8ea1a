"""The agents' pages, below /app/accounts/{account_id}/. Chatwoot's paths, so that mailed links live on."""

from __future__ import annotations

from django.urls import path

from conversations.views import changes, files, lists, search, sections, threads

app_name = "desk"

_LISTS = [
    ("dashboard", "", "dashboard"),
    ("inbox/<id:inbox_id>", "inbox/<id:inbox_id>/", "inbox"),
    ("team/<id:team_id>", "team/<id:team_id>/", "team"),
    ("label/<str:label>", "label/<str:label>/", "label"),
]

urlpatterns = [
    path("search/all", search.show_search, name="search"),
    *[
        path(f"search/{kind}", search.show_search, {"kind": kind}, name=f"search-{kind}")
        for kind in search.AT_A_GLANCE
    ],
    path("search/forget", search.forget_searches, name="search-forget"),
    path("scopes", sections.show_sections, name="scopes"),
    *[path(page, lists.show_list, name=name) for page, _below, name in _LISTS],
    *[path(f"{below}counts", lists.show_counts, name=f"{name}-counts") for _page, below, name in _LISTS],
    *[
        path(
            f"{below}conversations/<id:display_id>",
            threads.show_conversation,
            name="conversation" if name == "dashboard" else f"{name}-conversation",
        )
        for _page, below, name in _LISTS
    ],
    path("conversations/<id:display_id>/messages", changes.messages_of, name="messages"),
    path("conversations/<id:display_id>/uploads", files.uploads, name="uploads"),
    path("conversations/<id:display_id>/uploads/<id:upload_id>", files.remove_upload, name="upload"),
    path("files/<id:attachment_id>/<str:variant>/<str:name>", files.show_file, name="file"),
    path("conversations/<id:display_id>/status", changes.set_status, name="status"),
    path("conversations/<id:display_id>/assignee", changes.set_assignee, name="assign"),
    path("conversations/<id:display_id>/seen", changes.set_seen, name="seen"),
]
