from django.urls import path

from conversations.api import views

urlpatterns = [
    path("conversations", views.ConversationList.as_view(), name="api-conversations"),
    path("conversations/meta", views.ConversationMeta.as_view(), name="api-conversations-meta"),
    path("conversations/<id:display_id>", views.ConversationDetail.as_view(), name="api-conversation"),
    path("conversations/<id:display_id>/messages", views.MessageList.as_view(), name="api-messages"),
    path(
        "conversations/<id:display_id>/toggle_status", views.ToggleStatus.as_view(), name="api-toggle-status"
    ),
    path("conversations/<id:display_id>/assignments", views.Assignments.as_view(), name="api-assignments"),
    path(
        "conversations/<id:display_id>/update_last_seen", views.UpdateLastSeen.as_view(), name="api-last-seen"
    ),
]
