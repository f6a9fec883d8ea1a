"""What members' programs reach of the edge itself."""

from django.urls import path

from channels_ext.api import active_views, event_views, typing_views

urlpatterns = [
    path("events", event_views.EventFeed.as_view(), name="api-events"),
    path("contacts/active", active_views.ActiveContacts.as_view(), name="api-contacts-active"),
    path(
        "conversations/<id:display_id>/toggle_typing_status",
        typing_views.ToggleTypingStatus.as_view(),
        name="api-typing",
    ),
]
