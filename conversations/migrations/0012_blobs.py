"""Uploads by themselves; and a row that goes says that nothing needs its file any more."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.constraints

LET_GO = """
CREATE FUNCTION conversations_let_blob_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE config_storedfile SET unneeded_since = now() WHERE account_id = OLD.account_id AND name = OLD.file;
    RETURN NULL;
END $$;

CREATE TRIGGER blob_goes AFTER DELETE ON conversations_blob
FOR EACH ROW EXECUTE FUNCTION conversations_let_blob_go();
"""

KEEP = """
DROP TRIGGER blob_goes ON conversations_blob;
DROP FUNCTION conversations_let_blob_go();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_bots_and_dashboard_apps"),
        ("conversations", "0011_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="Blob",
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
                ("file", models.CharField(blank=True, default="", max_length=255)),
                ("file_name", models.CharField(max_length=255)),
                ("content_type", models.CharField(blank=True, default="", max_length=127)),
                ("extension", models.CharField(blank=True, default="", max_length=16)),
                ("byte_size", models.BigIntegerField()),
                ("checksum", models.CharField(blank=True, default="", max_length=24)),
                ("width", models.IntegerField(blank=True, null=True)),
                ("height", models.IntegerField(blank=True, null=True)),
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
                "verbose_name": "upload",
                "verbose_name_plural": "uploads",
            },
        ),
        migrations.CreateModel(
            name="BlobUse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=64)),
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
                    "blob",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uses",
                        to="conversations.blob",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(LET_GO, KEEP),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(fields=["created_at"], name="blob_by_age"),
        ),
        migrations.AddConstraint(
            model_name="blob",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="blob_account_id"),
        ),
        migrations.AddIndex(
            model_name="blobuse",
            index=models.Index(fields=["account", "subject"], name="blobuse_subject"),
        ),
        migrations.AddConstraint(
            model_name="blobuse",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="blobuse_account_id"),
        ),
        migrations.AddConstraint(
            model_name="blobuse",
            constraint=models.UniqueConstraint(fields=("account", "blob", "subject"), name="blobuse_once"),
        ),
        migrations.AddConstraint(
            model_name="blobuse",
            constraint=config.constraints.SameAccountKey(
                field="blob", name="blobuse_blob_fk", on_delete="CASCADE", to="conversations.Blob"
            ),
        ),
    ]
