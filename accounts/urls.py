from allauth.account.views import LoginView, LogoutView
from django.urls import path

from accounts.views import home

urlpatterns = [
    path("", home.home, name="home"),
    path("login", LoginView.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
]
