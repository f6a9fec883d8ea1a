from allauth.account.views import PasswordChangeView, SignupView
from django.urls import path

from accounts.views import home, sso

urlpatterns = [
    path("", home.home, name="home"),
    path("active_account", home.active_account, name="active-account"),
    path("login", sso.SignIn.as_view(), name="login"),
    path("logout", home.SignOut.as_view(), name="logout"),
    path("password", PasswordChangeView.as_view(), name="password"),
    path("signup", SignupView.as_view(), name="signup"),
]
