import re

from django.urls import path

from channels_ext.widget import loaders, talk_views, upload_views, views, visitor_views

_API = {
    "config": views.Config,
    "contact": visitor_views.ContactOfVisit,
    "contact/set_user": visitor_views.SetUser,
    "contact/destroy_custom_attributes": visitor_views.DestroyContactAttributes,
    "conversations": talk_views.Conversations,
    "conversations/update_last_seen": talk_views.UpdateLastSeen,
    "conversations/toggle_typing": talk_views.ToggleTyping,
    "conversations/toggle_status": talk_views.ToggleStatus,
    "conversations/transcript": talk_views.Transcript,
    "conversations/set_custom_attributes": talk_views.SetAttributes,
    "conversations/destroy_custom_attributes": talk_views.DestroyAttributes,
    "messages": talk_views.Messages,
    "messages/<id:message_id>": talk_views.MessageDetail,
    "direct_uploads": upload_views.DirectUploads,
    "labels": talk_views.Labels,
    "labels/<str:title>": talk_views.OneLabel,
    "events": visitor_views.Events,
    "inbox_members": visitor_views.Members,
    "campaigns": visitor_views.Campaigns,
}


def _name(route: str) -> str:
    """Names of routes hold no colon: it would read as a namespace."""
    return "widget-" + re.sub(r"<\w+:(\w+)>", r"\1", route)


urlpatterns = [
    path("widget", views.frame, name="widget"),
    path("widget.js", loaders.widget, name="widget-loader"),
    path("widget/more.js", loaders.more, name="widget-more"),
    path("sdk.js", loaders.sdk, name="widget-sdk"),
    path("packs/js/sdk.js", loaders.chatwoot, name="widget-chatwoot"),
    *(path(f"api/v1/widget/{route}", view.as_view(), name=_name(route)) for route, view in _API.items()),
]
