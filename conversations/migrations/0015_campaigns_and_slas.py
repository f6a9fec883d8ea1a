import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import config.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_sessions_tokens_answers"),
        ("conversations", "0014_surveys"),
        ("inboxes", "0003_hours_bots_and_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="conversationcounter",
            name="last_campaign_id",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="AppliedSla",
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
                    "sla_status",
                    models.SmallIntegerField(
                        choices=[(0, "active"), (1, "hit"), (2, "missed"), (3, "active_with_misses")],
                        default=0,
                    ),
                ),
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
                    "conversation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slas",
                        to="conversations.conversation",
                    ),
                ),
            ],
            options={
                "verbose_name": "applied service level",
                "verbose_name_plural": "applied service levels",
            },
        ),
        migrations.CreateModel(
            name="Campaign",
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
                ("display_id", models.BigIntegerField()),
                ("title", models.CharField(max_length=255, verbose_name="title")),
                ("description", models.TextField(blank=True, default="", max_length=20000)),
                ("message", models.TextField(max_length=20000, verbose_name="message")),
                (
                    "campaign_type",
                    models.SmallIntegerField(choices=[(0, "ongoing"), (1, "one_off")], default=0),
                ),
                (
                    "campaign_status",
                    models.SmallIntegerField(choices=[(0, "active"), (1, "completed")], default=0),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("trigger_rules", models.JSONField(blank=True, default=dict)),
                ("trigger_only_during_business_hours", models.BooleanField(default=False)),
                ("audience", models.JSONField(blank=True, default=list)),
                ("scheduled_at", models.DateTimeField(blank=True, null=True)),
                ("template_params", models.JSONField(blank=True, null=True)),
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
                    "sender",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "campaign",
                "verbose_name_plural": "campaigns",
                "ordering": ["display_id"],
            },
        ),
        migrations.AddField(
            model_name="conversation",
            name="campaign",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="conversations.campaign",
            ),
        ),
        migrations.CreateModel(
            name="SlaEvent",
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
                ("event_type", models.SmallIntegerField(choices=[(0, "frt"), (1, "nrt"), (2, "rt")])),
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
                    "applied_sla",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="conversations.appliedsla",
                    ),
                ),
            ],
            options={
                "verbose_name": "missed service level",
                "verbose_name_plural": "missed service levels",
            },
        ),
        migrations.CreateModel(
            name="SlaPolicy",
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
                ("description", models.TextField(blank=True, default="", max_length=20000)),
                ("first_response_time_threshold", models.FloatField(blank=True, null=True)),
                ("next_response_time_threshold", models.FloatField(blank=True, null=True)),
                ("resolution_time_threshold", models.FloatField(blank=True, null=True)),
                ("only_during_business_hours", models.BooleanField(default=False)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "verbose_name": "service level",
                "verbose_name_plural": "service levels",
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="appliedsla",
            name="sla_policy",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.slapolicy",
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="sla_policy",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="conversations.slapolicy",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("campaign__isnull", False)),
                fields=["account", "campaign"],
                name="conv_by_campaign",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("sla_policy__isnull", False)),
                fields=["account", "sla_policy"],
                name="conv_by_sla",
            ),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(fields=["account", "inbox"], name="campaign_by_inbox"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="campaign_account_id"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.UniqueConstraint(fields=("account", "display_id"), name="campaign_display_id"),
        ),
        migrations.AddIndex(
            model_name="slaevent",
            index=models.Index(fields=["account", "applied_sla"], name="slaevent_applied"),
        ),
        migrations.AddConstraint(
            model_name="slaevent",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="slaevent_account_id"),
        ),
        migrations.AddConstraint(
            model_name="slapolicy",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="slapolicy_account_id"),
        ),
        migrations.AddIndex(
            model_name="appliedsla",
            index=models.Index(fields=["account", "sla_policy"], name="appliedsla_policy"),
        ),
        migrations.AddIndex(
            model_name="appliedsla",
            index=models.Index(fields=["account", "created_at"], name="appliedsla_by_time"),
        ),
        migrations.AddConstraint(
            model_name="appliedsla",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="appliedsla_account_id"),
        ),
        migrations.AddConstraint(
            model_name="appliedsla",
            constraint=models.UniqueConstraint(fields=("account", "conversation"), name="appliedsla_once"),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=config.constraints.SameAccountKey(
                field="campaign",
                name="conversation_campaign_fk",
                on_delete="SET NULL",
                to="conversations.Campaign",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=config.constraints.SameAccountKey(
                field="sla_policy",
                name="conversation_sla_fk",
                on_delete="SET NULL",
                to="conversations.SlaPolicy",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=config.constraints.SameAccountKey(
                field="inbox", name="campaign_inbox_fk", on_delete="CASCADE", to="inboxes.Inbox"
            ),
        ),
        migrations.AddConstraint(
            model_name="slaevent",
            constraint=config.constraints.SameAccountKey(
                field="applied_sla",
                name="slaevent_applied_fk",
                on_delete="CASCADE",
                to="conversations.AppliedSla",
            ),
        ),
        migrations.AddConstraint(
            model_name="appliedsla",
            constraint=config.constraints.SameAccountKey(
                field="sla_policy",
                name="appliedsla_policy_fk",
                on_delete="CASCADE",
                to="conversations.SlaPolicy",
            ),
        ),
        migrations.AddConstraint(
            model_name="appliedsla",
            constraint=config.constraints.SameAccountKey(
                field="conversation",
                name="appliedsla_conversation_fk",
                on_delete="CASCADE",
                to="conversations.Conversation",
            ),
        ),
    ]
