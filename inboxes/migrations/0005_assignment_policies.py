import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_sessions_tokens_answers"),
        ("inboxes", "0004_reply_window"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssignmentPolicy",
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
                (
                    "assignment_order",
                    models.SmallIntegerField(choices=[(0, "round_robin"), (1, "balanced")], default=0),
                ),
                (
                    "conversation_priority",
                    models.SmallIntegerField(
                        choices=[(0, "earliest_created"), (1, "longest_waiting")], default=0
                    ),
                ),
                ("fair_distribution_limit", models.IntegerField(default=100)),
                ("fair_distribution_window", models.IntegerField(default=3600)),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
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
                "verbose_name": "assignment policy",
                "verbose_name_plural": "assignment policies",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="InboxAssignmentPolicy",
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
                    "assignment_policy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inbox_links",
                        to="inboxes.assignmentpolicy",
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
            ],
        ),
        migrations.AddConstraint(
            model_name="assignmentpolicy",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="assignmentpolicy_account_id"),
        ),
        migrations.AddConstraint(
            model_name="assignmentpolicy",
            constraint=models.UniqueConstraint(fields=("account", "name"), name="assignmentpolicy_name"),
        ),
        migrations.AddConstraint(
            model_name="assignmentpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("fair_distribution_limit__gt", 0), ("fair_distribution_window__gt", 0)),
                name="assignmentpolicy_fair",
            ),
        ),
        migrations.AddIndex(
            model_name="inboxassignmentpolicy",
            index=models.Index(fields=["account", "assignment_policy"], name="inboxassignmentpolicy_policy"),
        ),
        migrations.AddConstraint(
            model_name="inboxassignmentpolicy",
            constraint=models.UniqueConstraint(
                fields=("account", "id"), name="inboxassignmentpolicy_account_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxassignmentpolicy",
            constraint=models.UniqueConstraint(
                fields=("account", "inbox"), name="inboxassignmentpolicy_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxassignmentpolicy",
            constraint=config.constraints.SameAccountKey(
                field="inbox", name="inboxassignmentpolicy_inbox_fk", on_delete="CASCADE", to="inboxes.Inbox"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxassignmentpolicy",
            constraint=config.constraints.SameAccountKey(
                field="assignment_policy",
                name="inboxassignmentpolicy_policy_fk",
                on_delete="CASCADE",
                to="inboxes.AssignmentPolicy",
            ),
        ),
    ]
