from allauth.account.views import LoginView, PasswordChangeView, SignupView
from django.urls import path

from accounts.views import home

urlpatterns = [
    path("", home.home, name="home"),
    path("active_account", home.active_account, name="active-account"),
    path("login", LoginView.as_view(), name="login"),
    path("logout", home.SignOut.as_view(), name="logout"),
    path("password", PasswordChangeView.as_view(), name="password"),
    path("signup", SignupView.as_view(), name="signup"),
]
