"""Below /api/v1/."""

from django.urls import path

from accounts.api import account, profile

urlpatterns = [
    path("accounts/<id:account_id>", account.AccountDetail.as_view(), name="api-account"),
    path("profile", profile.Profile.as_view(), name="api-profile"),
    path("profile/avatar", profile.ProfileAvatar.as_view(), name="api-profile-avatar"),
    path("profile/availability", profile.ProfileAvailability.as_view(), name="api-profile-availability"),
    path("profile/auto_offline", profile.ProfileAutoOffline.as_view(), name="api-profile-auto-offline"),
    path("profile/set_active_account", profile.ActiveAccount.as_view(), name="api-profile-active-account"),
    path(
        "profile/reset_access_token",
        profile.ResetAccessToken.as_view(),
        name="api-profile-reset-access-token",
    ),
]
