"""Below /platform/api/v1/."""

from django.urls import path

from accounts.api import platform as views

urlpatterns = [
    path("accounts", views.PlatformAccountList.as_view(), name="platform-accounts"),
    path("accounts/<id:account_id>", views.PlatformAccount.as_view(), name="platform-account"),
    path(
        "accounts/<id:account_id>/account_users",
        views.PlatformAccountUsers.as_view(),
        name="platform-account-users",
    ),
    path("users", views.PlatformUserList.as_view(), name="platform-users"),
    path("users/<id:user_id>", views.PlatformUser.as_view(), name="platform-user"),
    path("users/<id:user_id>/login", views.PlatformUserLogin.as_view(), name="platform-user-login"),
    path("users/<id:user_id>/token", views.PlatformUserToken.as_view(), name="platform-user-token"),
    path("agent_bots", views.PlatformBotList.as_view(), name="platform-bots"),
    path("agent_bots/<id:bot_id>", views.PlatformBot.as_view(), name="platform-bot"),
    path("agent_bots/<id:bot_id>/avatar", views.PlatformBotAvatar.as_view(), name="platform-bot-avatar"),
]
