"""What the models cannot say: the trigger behind every count, and how the busy tables are stored."""

from django.db import migrations

TALLY = """
CREATE FUNCTION conversations_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO conversations_conversationtally (account_id, inbox_id, team_id, assignee_id, status, delta)
        VALUES (OLD.account_id, OLD.inbox_id, OLD.team_id, OLD.assignee_id, OLD.status, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO conversations_conversationtally (account_id, inbox_id, team_id, assignee_id, status, delta)
        VALUES (NEW.account_id, NEW.inbox_id, NEW.team_id, NEW.assignee_id, NEW.status, 1);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER conversation_comes_or_goes AFTER INSERT OR DELETE ON conversations_conversation
FOR EACH ROW EXECUTE FUNCTION conversations_count_change();

CREATE TRIGGER conversation_moves AFTER UPDATE ON conversations_conversation FOR EACH ROW
WHEN ((OLD.status, OLD.inbox_id, OLD.assignee_id, OLD.team_id)
      IS DISTINCT FROM (NEW.status, NEW.inbox_id, NEW.assignee_id, NEW.team_id))
EXECUTE FUNCTION conversations_count_change();
"""

NO_TALLY = """
DROP TRIGGER conversation_moves ON conversations_conversation;
DROP TRIGGER conversation_comes_or_goes ON conversations_conversation;
DROP FUNCTION conversations_count_change();
"""

# Every message moves its conversation in five indexes, so dead rows come fast: vacuum early, leave room.
STORAGE = """
ALTER TABLE conversations_conversation SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE conversations_conversationtally SET (autovacuum_vacuum_scale_factor = 0.05);
"""

DEFAULT_STORAGE = """
ALTER TABLE conversations_conversation RESET (fillfactor, autovacuum_vacuum_scale_factor,
    autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor);
ALTER TABLE conversations_conversationtally RESET (autovacuum_vacuum_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_initial")]

    operations = [
        migrations.RunSQL(TALLY, NO_TALLY),
        migrations.RunSQL(STORAGE, DEFAULT_STORAGE),
    ]
