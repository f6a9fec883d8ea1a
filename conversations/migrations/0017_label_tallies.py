"""Counts by label as sums of differences, like the others (ADR 5)."""

import django.db.models.deletion
from django.db import migrations, models

COUNT = """
CREATE FUNCTION conversations_count_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO conversations_labeltally (account_id, title, inbox_id, team_id, assignee_id, status, delta)
        SELECT OLD.account_id, title, OLD.inbox_id, OLD.team_id, OLD.assignee_id, OLD.status, -1
        FROM unnest(OLD.labels) AS t(title);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO conversations_labeltally (account_id, title, inbox_id, team_id, assignee_id, status, delta)
        SELECT NEW.account_id, title, NEW.inbox_id, NEW.team_id, NEW.assignee_id, NEW.status, 1
        FROM unnest(NEW.labels) AS t(title);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER labelled_conversation_comes AFTER INSERT ON conversations_conversation FOR EACH ROW
WHEN (NEW.labels <> '{}') EXECUTE FUNCTION conversations_count_labels();

CREATE TRIGGER labelled_conversation_goes AFTER DELETE ON conversations_conversation FOR EACH ROW
WHEN (OLD.labels <> '{}') EXECUTE FUNCTION conversations_count_labels();

CREATE TRIGGER labelled_conversation_moves AFTER UPDATE ON conversations_conversation FOR EACH ROW
WHEN ((OLD.labels <> '{}' OR NEW.labels <> '{}')
      AND (OLD.labels, OLD.status, OLD.inbox_id, OLD.assignee_id, OLD.team_id)
      IS DISTINCT FROM (NEW.labels, NEW.status, NEW.inbox_id, NEW.assignee_id, NEW.team_id))
EXECUTE FUNCTION conversations_count_labels();

INSERT INTO conversations_labeltally (account_id, title, inbox_id, team_id, assignee_id, status, delta)
SELECT account_id, title, inbox_id, team_id, assignee_id, status, count(*)
FROM conversations_conversation, unnest(labels) AS t(title) GROUP BY 1, 2, 3, 4, 5, 6;

ALTER TABLE conversations_labeltally SET (autovacuum_vacuum_scale_factor = 0.05);
"""

NO_COUNT = """
DROP TRIGGER labelled_conversation_moves ON conversations_conversation;
DROP TRIGGER labelled_conversation_goes ON conversations_conversation;
DROP TRIGGER labelled_conversation_comes ON conversations_conversation;
DROP FUNCTION conversations_count_labels();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_sessions_tokens_answers"),
        ("conversations", "0016_companies"),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelTally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.TextField()),
                ("inbox_id", models.BigIntegerField()),
                ("team_id", models.BigIntegerField(null=True)),
                ("assignee_id", models.BigIntegerField(null=True)),
                ("status", models.SmallIntegerField()),
                ("delta", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=[
                            "account",
                            "title",
                            "status",
                            "inbox_id",
                            "assignee_id",
                            "team_id",
                            "delta",
                        ],
                        name="labeltally_sum",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "id"), name="labeltally_account_id")
                ],
            },
        ),
        migrations.RunSQL(COUNT, NO_COUNT),
    ]
