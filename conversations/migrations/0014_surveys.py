import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import config.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_bots_and_dashboard_apps"),
        ("conversations", "0013_help_centre"),
        ("inboxes", "0003_hours_bots_and_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SurveyResponse",
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
                ("rating", models.SmallIntegerField(verbose_name="rating")),
                ("feedback_message", models.TextField(blank=True, default="", verbose_name="feedback")),
                (
                    "csat_review_notes",
                    models.TextField(blank=True, default="", max_length=20000, verbose_name="review notes"),
                ),
                ("review_notes_updated_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "survey response",
                "verbose_name_plural": "survey responses",
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("content_type", 9)),
                fields=["account", "created_at"],
                name="message_surveys",
            ),
        ),
        migrations.AddField(
            model_name="surveyresponse",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.account",
            ),
        ),
        migrations.AddField(
            model_name="surveyresponse",
            name="assigned_agent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="surveyresponse",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.contact",
            ),
        ),
        migrations.AddField(
            model_name="surveyresponse",
            name="conversation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.conversation",
            ),
        ),
        migrations.AddField(
            model_name="surveyresponse",
            name="message",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.message",
            ),
        ),
        migrations.AddField(
            model_name="surveyresponse",
            name="review_notes_updated_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="surveyresponse",
            index=models.Index(fields=["account", "-created_at", "-id"], name="surveyresponse_newest"),
        ),
        migrations.AddIndex(
            model_name="surveyresponse",
            index=models.Index(fields=["account", "conversation"], name="surveyresponse_conversation"),
        ),
        migrations.AddIndex(
            model_name="surveyresponse",
            index=models.Index(fields=["account", "contact"], name="surveyresponse_contact"),
        ),
        migrations.AddConstraint(
            model_name="surveyresponse",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="surveyresponse_account_id"),
        ),
        migrations.AddConstraint(
            model_name="surveyresponse",
            constraint=models.UniqueConstraint(fields=("account", "message"), name="surveyresponse_message"),
        ),
        migrations.AddConstraint(
            model_name="surveyresponse",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating__gte", 1), ("rating__lte", 5)), name="surveyresponse_rating"
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyresponse",
            constraint=config.constraints.SameAccountKey(
                field="conversation",
                name="surveyresponse_conversation_fk",
                on_delete="CASCADE",
                to="conversations.Conversation",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyresponse",
            constraint=config.constraints.SameAccountKey(
                field="message",
                name="surveyresponse_message_fk",
                on_delete="CASCADE",
                to="conversations.Message",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyresponse",
            constraint=config.constraints.SameAccountKey(
                field="contact",
                name="surveyresponse_contact_fk",
                on_delete="CASCADE",
                to="conversations.Contact",
            ),
        ),
    ]
