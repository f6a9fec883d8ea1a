from allauth.account.views import PasswordChangeView, SignupView
from django.urls import path

from accounts.views import home, sso, tokens

urlpatterns = [
    path("", home.home, name="home"),
    path("active_account", home.active_account, name="active-account"),
    path("login", sso.SignIn.as_view(), name="login"),
    path("logout", home.SignOut.as_view(), name="logout"),
    path("password", PasswordChangeView.as_view(), name="password"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/<id:token_id>/revoke", tokens.revoke, name="revoke-token"),
    path("sessions/<id:session_id>/end", tokens.sign_out_device, name="end-session"),
    path("signup", SignupView.as_view(), name="signup"),
]
