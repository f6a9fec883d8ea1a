"""Below /auth/."""

from django.urls import path

from accounts.api import session

urlpatterns = [
    path("sign_in", session.SignIn.as_view(), name="auth-sign-in"),
    path("sign_out", session.SignOut.as_view(), name="auth-sign-out"),
    path("validate_token", session.ValidateToken.as_view(), name="auth-validate-token"),
    path("password", session.Password.as_view(), name="auth-password"),
    path("confirmation", session.Confirmation.as_view(), name="auth-confirmation"),
]
