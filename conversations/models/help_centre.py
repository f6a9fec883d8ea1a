"""The help centre: portals, their categories and articles, each in one of the portal's languages."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey
from conversations.models.blob import Blob


def _english() -> list[str]:
    return ["en"]


class Portal(TenantModel):
    name = models.CharField(_("name"), max_length=255)
    slug = models.CharField(max_length=255, unique=True)  # in its public address, of the whole installation
    custom_domain = models.CharField(max_length=255, null=True, blank=True, unique=True)
    color = models.CharField(max_length=16, blank=True, default="")
    homepage_link = models.CharField(max_length=2048, blank=True, default="")
    page_title = models.CharField(max_length=255, blank=True, default="")
    header_text = models.TextField(max_length=20_000, blank=True, default="")
    allowed_locales = ArrayField(models.CharField(max_length=16), default=_english)
    default_locale = models.CharField(max_length=16, default="en")
    archived = models.BooleanField(default=False)
    # The widget that its pages carry.
    inbox = models.ForeignKey(
        "inboxes.Inbox",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    logo = models.ForeignKey(
        Blob,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        verbose_name = _("help centre")
        verbose_name_plural = _("help centres")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            account_key("portal"),
            SameAccountKey(field="inbox", to="inboxes.Inbox", name="portal_inbox_fk", on_delete="SET NULL"),
            SameAccountKey(
                field="logo", to="conversations.Blob", name="portal_logo_fk", on_delete="SET NULL"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "inbox"], name="portal_by_inbox"),
            models.Index(fields=["account", "logo"], name="portal_by_logo"),
        ]

    def __str__(self) -> str:
        return self.name


class InboxPortal(TenantModel):
    """The help centre that an inbox points its visitors to."""

    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    portal = models.ForeignKey(
        Portal, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            account_key("inboxportal"),
            models.UniqueConstraint(fields=["account", "inbox"], name="inboxportal_once"),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="inboxportal_inbox_fk", on_delete="CASCADE"
            ),
            SameAccountKey(
                field="portal", to="conversations.Portal", name="inboxportal_portal_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "portal"], name="inboxportal_portal")]

    def __str__(self) -> str:
        return f"{self.inbox_id}: {self.portal_id}"


def _of_category(name: str, related_name: str = "+") -> models.ForeignKey:
    return models.ForeignKey(
        "conversations.Category",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name=related_name,
        verbose_name=name,
    )


class Category(TenantModel):
    portal = models.ForeignKey(
        Portal, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="categories"
    )
    name = models.CharField(_("name"), max_length=255)
    slug = models.CharField(max_length=255)
    locale = models.CharField(max_length=16, default="en")
    description = models.TextField(max_length=20_000, blank=True, default="")
    position = models.IntegerField(null=True, blank=True)
    icon = models.CharField(max_length=255, blank=True, default="")
    parent_category = _of_category("parent")
    associated_category = _of_category("what it translates")

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            account_key("category"),
            models.UniqueConstraint(fields=["account", "portal", "locale", "slug"], name="category_slug"),
            SameAccountKey(
                field="portal", to="conversations.Portal", name="category_portal_fk", on_delete="CASCADE"
            ),
            SameAccountKey(
                field="parent_category",
                to="conversations.Category",
                name="category_parent_fk",
                on_delete="SET NULL",
            ),
            SameAccountKey(
                field="associated_category",
                to="conversations.Category",
                name="category_root_fk",
                on_delete="SET NULL",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "parent_category"], name="category_by_parent"),
            models.Index(fields=["account", "associated_category"], name="category_by_root"),
        ]

    def __str__(self) -> str:
        return self.name


class CategoryLink(models.Model):
    """A category that is worth a look beside another one."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="links"
    )
    related_category = models.ForeignKey(
        Category, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            account_key("categorylink"),
            models.UniqueConstraint(
                fields=["account", "category", "related_category"], name="categorylink_once"
            ),
            SameAccountKey(
                field="category",
                to="conversations.Category",
                name="categorylink_category_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="related_category",
                to="conversations.Category",
                name="categorylink_related_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "related_category"], name="categorylink_related")
        ]

    def __str__(self) -> str:
        return f"{self.category_id}: {self.related_category_id}"


class Article(TenantModel):
    class Status(models.IntegerChoices):
        DRAFT = 0, "draft"
        PUBLISHED = 1, "published"
        ARCHIVED = 2, "archived"

    portal = models.ForeignKey(
        Portal, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="articles"
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="articles",
    )
    # A person, not a membership: what somebody wrote outlives their time in the account.
    author = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    title = models.CharField(_("title"), max_length=255)
    slug = models.CharField(max_length=255)
    content = models.TextField(_("content"), max_length=20_000, blank=True, default="")  # Markdown
    description = models.TextField(max_length=20_000, blank=True, default="")
    status = models.SmallIntegerField(choices=Status, default=Status.DRAFT)
    position = models.IntegerField(null=True, blank=True)
    views = models.BigIntegerField(default=0)
    locale = models.CharField(max_length=16, default="en")
    meta = models.JSONField(default=dict, blank=True)  # {title, description, tags[]} for search engines
    associated_article = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="translations",
    )

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints: ClassVar = [
            account_key("article"),
            models.UniqueConstraint(fields=["account", "slug"], name="article_slug"),
            SameAccountKey(
                field="portal", to="conversations.Portal", name="article_portal_fk", on_delete="CASCADE"
            ),
            SameAccountKey(
                field="category",
                to="conversations.Category",
                name="article_category_fk",
                on_delete="SET NULL",
            ),
            SameAccountKey(
                field="associated_article",
                to="conversations.Article",
                name="article_root_fk",
                on_delete="SET NULL",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "portal", "locale", "status"], name="article_list"),
            models.Index(fields=["account", "category", "position"], name="article_by_category"),
            models.Index(fields=["account", "associated_article"], name="article_by_root"),
        ]

    def __str__(self) -> str:
        return self.title
