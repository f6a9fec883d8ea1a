import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_sessions_tokens_answers"),
        ("inboxes", "0005_assignment_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="CapacityPolicy",
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
                ("exclusion_rules", models.JSONField(blank=True, default=dict)),
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
                "verbose_name": "capacity policy",
                "verbose_name_plural": "capacity policies",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="CapacityMember",
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
                    "membership",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="inboxes.capacitypolicy",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CapacityLimit",
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
                ("conversation_limit", models.IntegerField()),
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
                    "policy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="limits",
                        to="inboxes.capacitypolicy",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="capacitypolicy",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="capacitypolicy_account_id"),
        ),
        migrations.AddIndex(
            model_name="capacitymember",
            index=models.Index(fields=["account", "policy"], name="capacitymember_policy"),
        ),
        migrations.AddConstraint(
            model_name="capacitymember",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="capacitymember_account_id"),
        ),
        migrations.AddConstraint(
            model_name="capacitymember",
            constraint=models.UniqueConstraint(fields=("account", "membership"), name="capacitymember_once"),
        ),
        migrations.AddIndex(
            model_name="capacitylimit",
            index=models.Index(fields=["account", "inbox"], name="capacitylimit_inbox"),
        ),
        migrations.AddConstraint(
            model_name="capacitylimit",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="capacitylimit_account_id"),
        ),
        migrations.AddConstraint(
            model_name="capacitylimit",
            constraint=models.UniqueConstraint(
                fields=("account", "policy", "inbox"), name="capacitylimit_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="capacitylimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("conversation_limit__gt", 0)), name="capacitylimit_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="capacitymember",
            constraint=config.constraints.SameAccountKey(
                field="policy",
                name="capacitymember_policy_fk",
                on_delete="CASCADE",
                to="inboxes.CapacityPolicy",
            ),
        ),
        migrations.AddConstraint(
            model_name="capacitymember",
            constraint=config.constraints.SameAccountKey(
                field="membership",
                name="capacitymember_membership_fk",
                on_delete="CASCADE",
                to="accounts.Membership",
            ),
        ),
        migrations.AddConstraint(
            model_name="capacitylimit",
            constraint=config.constraints.SameAccountKey(
                field="policy",
                name="capacitylimit_policy_fk",
                on_delete="CASCADE",
                to="inboxes.CapacityPolicy",
            ),
        ),
        migrations.AddConstraint(
            model_name="capacitylimit",
            constraint=config.constraints.SameAccountKey(
                field="inbox", name="capacitylimit_inbox_fk", on_delete="CASCADE", to="inboxes.Inbox"
            ),
        ),
    ]
