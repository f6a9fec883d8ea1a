from django.urls import path

from channels_ext.widget import views

urlpatterns = [
    path("widget", views.frame, name="widget"),
    path("widget.js", views.loader, name="widget-loader"),
    path("api/v1/widget/config", views.Config.as_view(), name="widget-config"),
    path("api/v1/widget/conversations", views.Conversations.as_view(), name="widget-conversations"),
    path("api/v1/widget/conversations/update_last_seen", views.UpdateLastSeen.as_view(), name="widget-seen"),
    path("api/v1/widget/conversations/toggle_typing", views.ToggleTyping.as_view(), name="widget-typing"),
    path("api/v1/widget/messages", views.Messages.as_view(), name="widget-messages"),
]
