from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, IntegerField
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, Timestamped, account_key
from config.encryption import EncryptedTextField, digest, new_token


class Bot(models.Model):
    """What a bot is, whoever it belongs to."""

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="")
    outgoing_url = models.CharField(max_length=2048, blank=True, default="")
    bot_config = models.JSONField(default=dict, blank=True)
    avatar = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class AgentBot(TenantModel, Bot):
    class Meta:
        verbose_name = _("agent bot")
        verbose_name_plural = _("agent bots")
        constraints: ClassVar = [account_key("agentbot")]


class SystemBot(Timestamped, Bot):
    """A bot that the platform offers to every account. Numbered from the sequence of AgentBot, because programs
    speak of both by one id."""

    id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("system bot")
        verbose_name_plural = _("system bots")


class PlatformApp(Timestamped):
    """A program that manages accounts and users from outside, limited to what it created or was granted."""

    name = models.CharField(_("name"), max_length=255)

    class Meta:
        verbose_name = _("platform app")
        verbose_name_plural = _("platform apps")

    def __str__(self) -> str:
        return self.name


class PlatformAppPermissible(Timestamped):
    platform_app = models.ForeignKey(PlatformApp, on_delete=models.CASCADE, related_name="permissibles")
    permissible_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    permissible_id = models.BigIntegerField()
    # False: a person who was there before, known by their address. The program may see them and put them into its
    # accounts, but neither change them nor sign in as them.
    is_own = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform_app", "permissible_type", "permissible_id"],
                name="platform_permissible_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform_app_id}: {self.permissible_type_id} {self.permissible_id}"


_OWNERS = ("user", "agent_bot", "system_bot", "platform_app")


class AccessToken(Timestamped):
    """A key to the API, of a user, a bot or a platform app. Found by its digest; the encrypted copy exists
    only because the contract shows a token again (profile, bots, sign-in).

    A person has one without a name, which opens everything, and as many named ones as they like, which are shown
    once, may end, and may be limited to `scopes` (accounts.permissions.covers)."""

    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    token = EncryptedTextField(editable=False, blank=True, default="")
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    hint = models.CharField(_("begins with"), max_length=8, blank=True, default="", editable=False)
    scopes = ArrayField(models.TextField(), null=True, blank=True)  # None: all that the owner may do
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    user = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.CASCADE, related_name="access_tokens"
    )
    agent_bot = models.OneToOneField(
        AgentBot, null=True, blank=True, on_delete=models.CASCADE, related_name="access_token"
    )
    system_bot = models.OneToOneField(
        SystemBot, null=True, blank=True, on_delete=models.CASCADE, related_name="access_token"
    )
    platform_app = models.OneToOneField(
        PlatformApp, null=True, blank=True, on_delete=models.CASCADE, related_name="access_token"
    )
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="token_one_owner",
                condition=Exact(Func(*_OWNERS, function="num_nonnulls", output_field=IntegerField()), 1),
            ),
            models.UniqueConstraint(fields=["user", "name"], name="token_name"),
        ]

    def __str__(self) -> str:
        return f"token {self.pk}"

    @classmethod
    def issue(cls, **owner: Any) -> Self:
        """A new token for `user=`, `agent_bot=` or `platform_app=`, replacing the one there was."""
        token = new_token()
        row, _created = cls.objects.update_or_create(
            **owner, name="", defaults={"token": token, "token_digest": digest(token)}
        )
        return row
