"""What is there already becomes findable, while everybody goes on working: no lock but a moment's, no transaction."""

from typing import Any

from django.db import migrations

BATCH = 5_000
INDEX = """
CREATE INDEX CONCURRENTLY message_search ON conversations_message USING gin (conversations_message_terms(
    account_id, id, inbox_id, private, sender_user_id, sender_contact_id, sender_bot_id, content))
WITH (fastupdate = on, gin_pending_list_limit = 256) WHERE message_type <> 2
"""
# A build that was interrupted leaves an index that nobody uses.
NO_INDEX = "DROP INDEX CONCURRENTLY IF EXISTS message_search"

CONTACTS = """
WITH batch AS (
    SELECT * FROM conversations_contact WHERE id > %s ORDER BY id LIMIT %s
), kept AS (
    INSERT INTO conversations_contactgrams (account_id, contact_id, grams)
    SELECT account_id, id, conversations_contact_grams(account_id, id, conversations_contact_text(
        name, email, phone_number, identifier, additional_attributes)) FROM batch
    ON CONFLICT (account_id, contact_id) DO NOTHING
)
SELECT max(id) FROM batch
"""


def index_contacts(apps: Any, schema_editor: Any) -> None:
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while last is not None:
            cursor.execute(CONTACTS, [last, BATCH])
            last = cursor.fetchone()[0]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0006_search")]

    operations = [
        migrations.RunSQL(NO_INDEX, migrations.RunSQL.noop),
        migrations.RunSQL(INDEX, NO_INDEX),
        migrations.RunPython(index_contacts, migrations.RunPython.noop),
    ]
