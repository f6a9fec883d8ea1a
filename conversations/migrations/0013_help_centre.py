import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import config.constraints
import conversations.models.help_centre


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_bots_and_dashboard_apps"),
        ("conversations", "0012_blobs"),
        ("inboxes", "0003_hours_bots_and_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Portal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("slug", models.CharField(max_length=255, unique=True)),
                ("custom_domain", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("color", models.CharField(blank=True, default="", max_length=16)),
                ("homepage_link", models.CharField(blank=True, default="", max_length=2048)),
                ("page_title", models.CharField(blank=True, default="", max_length=255)),
                ("header_text", models.TextField(blank=True, default="", max_length=20000)),
                (
                    "allowed_locales",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16),
                        default=conversations.models.help_centre._english,
                        size=None,
                    ),
                ),
                ("default_locale", models.CharField(default="en", max_length=16)),
                ("archived", models.BooleanField(default=False)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "inbox",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="inboxes.inbox",
                    ),
                ),
                (
                    "logo",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.blob",
                    ),
                ),
            ],
            options={
                "verbose_name": "help centre",
                "verbose_name_plural": "help centres",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="InboxPortal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "inbox",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inboxes.inbox",
                    ),
                ),
                (
                    "portal",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.portal",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("slug", models.CharField(max_length=255)),
                ("locale", models.CharField(default="en", max_length=16)),
                ("description", models.TextField(blank=True, default="", max_length=20000)),
                ("position", models.IntegerField(blank=True, null=True)),
                ("icon", models.CharField(blank=True, default="", max_length=255)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "associated_category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.category",
                        verbose_name="what it translates",
                    ),
                ),
                (
                    "parent_category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.category",
                        verbose_name="parent",
                    ),
                ),
                (
                    "portal",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="categories",
                        to="conversations.portal",
                    ),
                ),
            ],
            options={
                "verbose_name": "category",
                "verbose_name_plural": "categories",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("title", models.CharField(max_length=255, verbose_name="title")),
                ("slug", models.CharField(max_length=255)),
                (
                    "content",
                    models.TextField(blank=True, default="", max_length=20000, verbose_name="content"),
                ),
                ("description", models.TextField(blank=True, default="", max_length=20000)),
                (
                    "status",
                    models.SmallIntegerField(
                        choices=[(0, "draft"), (1, "published"), (2, "archived")], default=0
                    ),
                ),
                ("position", models.IntegerField(blank=True, null=True)),
                ("views", models.BigIntegerField(default=0)),
                ("locale", models.CharField(default="en", max_length=16)),
                ("meta", models.JSONField(blank=True, default=dict)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "associated_article",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="translations",
                        to="conversations.article",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="articles",
                        to="conversations.category",
                    ),
                ),
                (
                    "portal",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="articles",
                        to="conversations.portal",
                    ),
                ),
            ],
            options={
                "verbose_name": "article",
                "verbose_name_plural": "articles",
            },
        ),
        migrations.CreateModel(
            name="CategoryLink",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="conversations.category",
                    ),
                ),
                (
                    "related_category",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.category",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "related_category"], name="categorylink_related")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "id"), name="categorylink_account_id"),
                    models.UniqueConstraint(
                        fields=("account", "category", "related_category"), name="categorylink_once"
                    ),
                    config.constraints.SameAccountKey(
                        field="category",
                        name="categorylink_category_fk",
                        on_delete="CASCADE",
                        to="conversations.Category",
                    ),
                    config.constraints.SameAccountKey(
                        field="related_category",
                        name="categorylink_related_fk",
                        on_delete="CASCADE",
                        to="conversations.Category",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="portal",
            index=models.Index(fields=["account", "inbox"], name="portal_by_inbox"),
        ),
        migrations.AddIndex(
            model_name="portal",
            index=models.Index(fields=["account", "logo"], name="portal_by_logo"),
        ),
        migrations.AddConstraint(
            model_name="portal",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="portal_account_id"),
        ),
        migrations.AddIndex(
            model_name="inboxportal",
            index=models.Index(fields=["account", "portal"], name="inboxportal_portal"),
        ),
        migrations.AddConstraint(
            model_name="inboxportal",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="inboxportal_account_id"),
        ),
        migrations.AddConstraint(
            model_name="inboxportal",
            constraint=models.UniqueConstraint(fields=("account", "inbox"), name="inboxportal_once"),
        ),
        migrations.AddIndex(
            model_name="category",
            index=models.Index(fields=["account", "parent_category"], name="category_by_parent"),
        ),
        migrations.AddIndex(
            model_name="category",
            index=models.Index(fields=["account", "associated_category"], name="category_by_root"),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="category_account_id"),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(
                fields=("account", "portal", "locale", "slug"), name="category_slug"
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["account", "portal", "locale", "status"], name="article_list"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["account", "category", "position"], name="article_by_category"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["account", "associated_article"], name="article_by_root"),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="article_account_id"),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(fields=("account", "slug"), name="article_slug"),
        ),
        migrations.AddConstraint(
            model_name="portal",
            constraint=config.constraints.SameAccountKey(
                field="inbox", name="portal_inbox_fk", on_delete="SET NULL", to="inboxes.Inbox"
            ),
        ),
        migrations.AddConstraint(
            model_name="portal",
            constraint=config.constraints.SameAccountKey(
                field="logo", name="portal_logo_fk", on_delete="SET NULL", to="conversations.Blob"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxportal",
            constraint=config.constraints.SameAccountKey(
                field="inbox", name="inboxportal_inbox_fk", on_delete="CASCADE", to="inboxes.Inbox"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxportal",
            constraint=config.constraints.SameAccountKey(
                field="portal", name="inboxportal_portal_fk", on_delete="CASCADE", to="conversations.Portal"
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=config.constraints.SameAccountKey(
                field="portal", name="category_portal_fk", on_delete="CASCADE", to="conversations.Portal"
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=config.constraints.SameAccountKey(
                field="parent_category",
                name="category_parent_fk",
                on_delete="SET NULL",
                to="conversations.Category",
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=config.constraints.SameAccountKey(
                field="associated_category",
                name="category_root_fk",
                on_delete="SET NULL",
                to="conversations.Category",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=config.constraints.SameAccountKey(
                field="portal", name="article_portal_fk", on_delete="CASCADE", to="conversations.Portal"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=config.constraints.SameAccountKey(
                field="category",
                name="article_category_fk",
                on_delete="SET NULL",
                to="conversations.Category",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=config.constraints.SameAccountKey(
                field="associated_article",
                name="article_root_fk",
                on_delete="SET NULL",
                to="conversations.Article",
            ),
        ),
    ]
