from django.urls import path

from conversations.api import (
    blobs,
    bulk_views,
    contact_views,
    conversation_views,
    message_views,
    note_views,
    notification_views,
    search,
    transfer_views,
    views,
)

_ONE = "conversations/<id:display_id>"
_CONTACT = "contacts/<id:contact_id>"
_MESSAGE = f"{_ONE}/messages/<id:message_id>"

_CONVERSATIONS = [
    path("conversations", views.ConversationList.as_view(), name="api-conversations"),
    path("conversations/meta", views.ConversationMeta.as_view(), name="api-conversations-meta"),
    path("conversations/filter", conversation_views.ConversationFilter.as_view(), name="api-filter"),
    path("conversations/search", conversation_views.ConversationSearch.as_view(), name="api-search-said"),
    path(f"{_ONE}/inbox_assistant", conversation_views.InboxAssistant.as_view(), name="api-assistant"),
    path(_ONE, views.ConversationDetail.as_view(), name="api-conversation"),
    path(f"{_ONE}/toggle_status", views.ToggleStatus.as_view(), name="api-toggle-status"),
    path(f"{_ONE}/assignments", views.Assignments.as_view(), name="api-assignments"),
    path(f"{_ONE}/update_last_seen", views.UpdateLastSeen.as_view(), name="api-last-seen"),
    path(f"{_ONE}/unread", conversation_views.Unread.as_view(), name="api-unread"),
    path(f"{_ONE}/toggle_priority", conversation_views.TogglePriority.as_view(), name="api-priority"),
    path(f"{_ONE}/labels", conversation_views.Labels.as_view(), name="api-conversation-labels"),
    path(f"{_ONE}/custom_attributes", conversation_views.CustomAttributes.as_view(), name="api-attributes"),
    path(f"{_ONE}/mute", conversation_views.Mute.as_view(), name="api-mute"),
    path(f"{_ONE}/unmute", conversation_views.Unmute.as_view(), name="api-unmute"),
    path(f"{_ONE}/transcript", conversation_views.Transcript.as_view(), name="api-transcript"),
    path(f"{_ONE}/participants", conversation_views.Participants.as_view(), name="api-participants"),
    path(f"{_ONE}/attachments", conversation_views.Attachments.as_view(), name="api-attachments"),
    path(f"{_ONE}/draft_messages", conversation_views.Drafts.as_view(), name="api-drafts"),
    path(f"{_ONE}/direct_uploads", blobs.DirectUploads.as_view(), name="api-direct-uploads"),
    path("upload", blobs.Upload.as_view(), name="api-upload"),
]
_MESSAGES = [
    path(f"{_ONE}/messages", views.MessageList.as_view(), name="api-messages"),
    path(_MESSAGE, message_views.MessageDetail.as_view(), name="api-message"),
    path("messages/<id:message_id>", message_views.MessageByItself.as_view(), name="api-message-by-itself"),
    path(f"{_MESSAGE}/translate", message_views.TranslateMessage.as_view(), name="api-message-translate"),
    path(f"{_MESSAGE}/retry", message_views.RetryMessage.as_view(), name="api-message-retry"),
]
_CONTACTS = [
    path("contacts", contact_views.ContactList.as_view(), name="api-contacts"),
    path("contacts/search", contact_views.ContactSearch.as_view(), name="api-contacts-search"),
    path("contacts/import", transfer_views.ContactImport.as_view(), name="api-contacts-import"),
    path("contacts/export", transfer_views.ContactExport.as_view(), name="api-contacts-export"),
    path("contacts/filter", contact_views.ContactFilter.as_view(), name="api-contacts-filter"),
    path(_CONTACT, contact_views.ContactDetail.as_view(), name="api-contact"),
    path(f"{_CONTACT}/avatar", contact_views.ContactAvatar.as_view(), name="api-contact-avatar"),
    path(f"{_CONTACT}/labels", contact_views.ContactLabels.as_view(), name="api-contact-labels"),
    path(f"{_CONTACT}/notes", note_views.NoteList.as_view(), name="api-notes"),
    path(f"{_CONTACT}/notes/<id:note_id>", note_views.NoteDetail.as_view(), name="api-note"),
    path(f"{_CONTACT}/conversations", contact_views.ContactConversations.as_view(), name="api-contact-talks"),
    path(f"{_CONTACT}/attachments", contact_views.ContactAttachments.as_view(), name="api-contact-files"),
    path(f"{_CONTACT}/contact_inboxes", contact_views.ContactSessions.as_view(), name="api-contact-sessions"),
    path(
        f"{_CONTACT}/contactable_inboxes", contact_views.ContactableInboxes.as_view(), name="api-contactable"
    ),
    path(
        f"{_CONTACT}/destroy_custom_attributes",
        contact_views.DestroyCustomAttributes.as_view(),
        name="api-contact-attributes",
    ),
    path("contact_inboxes/filter", contact_views.ContactOfSession.as_view(), name="api-sessions-filter"),
    path("actions/contact_merge", contact_views.MergeContacts.as_view(), name="api-contact-merge"),
]

_SEARCH = [
    path("search", search.Search.as_view(), name="api-search"),
    path("search/conversations", search.SearchConversations.as_view(), name="api-search-conversations"),
    path("search/contacts", search.SearchContacts.as_view(), name="api-search-contacts"),
    path("search/messages", search.SearchMessages.as_view(), name="api-search-messages"),
    path("search/articles", search.SearchArticles.as_view(), name="api-search-articles"),
]

_NOTIFICATION = "notifications/<id:notification_id>"
_NOTIFICATIONS = [
    path("notifications", notification_views.NotificationList.as_view(), name="api-notifications"),
    path("notifications/unread_count", notification_views.UnreadCount.as_view(), name="api-unread-count"),
    path("notifications/read_all", notification_views.ReadAll.as_view(), name="api-read-all"),
    path("notifications/destroy_all", notification_views.DestroyAll.as_view(), name="api-destroy-all"),
    path(_NOTIFICATION, notification_views.NotificationDetail.as_view(), name="api-notification"),
    path(
        f"{_NOTIFICATION}/unread",
        notification_views.NotificationUnread.as_view(),
        name="api-notification-unread",
    ),
    path(
        f"{_NOTIFICATION}/snooze",
        notification_views.NotificationSnooze.as_view(),
        name="api-notification-snooze",
    ),
]

_MANY = [path("bulk_actions", bulk_views.BulkActions.as_view(), name="api-bulk")]

urlpatterns = [*_MANY, *_CONVERSATIONS, *_MESSAGES, *_CONTACTS, *_NOTIFICATIONS, *_SEARCH]
