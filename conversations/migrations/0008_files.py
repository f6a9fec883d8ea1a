"""Previews of pictures; and a deleted attachment says that nothing needs its files any more, however it went."""

from django.db import migrations, models

LET_GO = """
CREATE FUNCTION conversations_let_files_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE config_storedfile SET unneeded_since = now()
    WHERE account_id = OLD.account_id AND name IN (OLD.file, OLD.view, OLD.thumb);
    RETURN NULL;
END $$;

CREATE TRIGGER attachment_goes AFTER DELETE ON conversations_attachment
FOR EACH ROW EXECUTE FUNCTION conversations_let_files_go();
"""

KEEP = """
DROP TRIGGER attachment_goes ON conversations_attachment;
DROP FUNCTION conversations_let_files_go();
"""

# Files from before there were rows of them; their pictures get previews by the sweep.
KNOWN = """
INSERT INTO config_storedfile (account_id, name, size, unneeded_since, owner, details, created_at)
SELECT account_id, file, file_size, NULL, '', '{}', created_at FROM conversations_attachment WHERE file <> ''
ON CONFLICT (name) DO NOTHING;

UPDATE conversations_attachment SET preview = 1 WHERE file_type = 0 AND file <> '';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("config", "0002_files"),
        ("conversations", "0007_search_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="preview",
            field=models.SmallIntegerField(
                choices=[(0, "no picture"), (1, "in preparation"), (2, "ready"), (3, "refused")], default=0
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="preview_problem",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="attachment",
            name="thumb",
            field=models.CharField(blank=True, default="", max_length=255),
        ),
        migrations.AddField(
            model_name="attachment",
            name="view",
            field=models.CharField(blank=True, default="", max_length=255),
        ),
        migrations.RunSQL(LET_GO, KEEP),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("preview", 1)), fields=["created_at"], name="attachment_pending"
            ),
        ),
    ]
