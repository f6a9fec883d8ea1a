from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import Timestamped
from config.encryption import new_token

if TYPE_CHECKING:
    _Manager = BaseUserManager["User"]
else:
    _Manager = BaseUserManager  # takes no parameter at run time


class UserManager(_Manager):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin, Timestamped):
    """A person. Global: belongs to accounts by Memberships, and no account may change another's people."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=255)
    display_name = models.CharField(_("display name"), max_length=255, blank=True, default="")
    # Names the user's realtime stream to API clients. Rotates with the password and the second factor, and
    # whoever rotates it ends all sessions: they are signed over it.
    pubsub_token = models.CharField(max_length=24, unique=True, default=new_token, editable=False)
    message_signature = models.TextField(blank=True, default="")
    ui_settings = models.JSONField(default=dict, blank=True)
    custom_attributes = models.JSONField(default=dict, blank=True)
    locale = models.CharField(max_length=16, blank=True, default="")
    avatar = models.CharField(max_length=64, blank=True, default="", editable=False)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email")]

    def __str__(self) -> str:
        return self.email

    @property
    def available_name(self) -> str:
        return self.display_name or self.name

    @property
    def is_confirmed(self) -> bool:
        """Whether they ever chose a password: an invitation that nobody followed is no person yet."""
        return self.has_usable_password()

    def rotate_streams(self) -> None:
        """A new stream token, unsaved: once saved, every session and open socket of the user is over."""
        self.pubsub_token = new_token()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        signed = f"{self.password}:{self.pubsub_token}"
        return salted_hmac("parley.session", signed, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.available_name
