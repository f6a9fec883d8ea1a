from django.urls import path

from channels_ext.api_inbox import message_views, views

_INBOX = "public/api/v1/inboxes/<str:identifier>"
_CONTACT = f"{_INBOX}/contacts/<str:source_id>"
_CONVERSATION = f"{_CONTACT}/conversations/<id:display_id>"

urlpatterns = [
    path(_INBOX, views.InboxDetail.as_view(), name="public-inbox"),
    path(f"{_INBOX}/contacts", views.ContactList.as_view(), name="public-contacts"),
    path(_CONTACT, views.ContactDetail.as_view(), name="public-contact"),
    path(f"{_CONTACT}/conversations", views.ConversationList.as_view(), name="public-conversations"),
    path(_CONVERSATION, views.ConversationDetail.as_view(), name="public-conversation"),
    path(f"{_CONVERSATION}/messages", views.MessageList.as_view(), name="public-messages"),
    path(
        f"{_CONVERSATION}/messages/<id:message_id>",
        message_views.MessageDetail.as_view(),
        name="public-message",
    ),
    path(f"{_CONVERSATION}/toggle_status", views.ToggleStatus.as_view(), name="public-status"),
    path(f"{_CONVERSATION}/toggle_typing", views.ToggleTyping.as_view(), name="public-typing"),
    path(f"{_CONVERSATION}/update_last_seen", views.UpdateLastSeen.as_view(), name="public-seen"),
]
