"""Below /api/v1/."""

from django.urls import path

from accounts.api import account, profile, second_factor, subscriptions, tokens

urlpatterns = [
    path("accounts/<id:account_id>", account.AccountDetail.as_view(), name="api-account"),
    path(
        "notification_subscriptions",
        subscriptions.NotificationSubscriptions.as_view(),
        name="api-notification-subscriptions",
    ),
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
    path(
        "profile/resend_confirmation",
        profile.ResendConfirmation.as_view(),
        name="api-profile-resend-confirmation",
    ),
    path("profile/access_tokens", tokens.AccessTokens.as_view(), name="api-profile-access-tokens"),
    path(
        "profile/access_tokens/<id:token_id>",
        tokens.AccessTokenDetail.as_view(),
        name="api-profile-access-token",
    ),
    path("profile/mfa", second_factor.SecondFactor.as_view(), name="api-profile-mfa"),
    path("profile/mfa/verify", second_factor.VerifySecondFactor.as_view(), name="api-profile-mfa-verify"),
    path("profile/mfa/backup_codes", second_factor.RecoveryCodes.as_view(), name="api-profile-mfa-codes"),
]
