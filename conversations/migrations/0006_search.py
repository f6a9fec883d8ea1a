"""Search without any extension of PostgreSQL: how texts become entries of an index, and the two functions that read
it (docs/adr/0009). The index on messages follows in a migration of its own, because it is built beside the work."""

from pathlib import Path

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import config.constraints

SOURCES = Path(__file__).parent / "search"
# By number and not by class of letters, because a class depends on the database's locale.
LETTERS = {
    # Scripts that are written without spaces, and Hangul, whose words carry their particles.
    "UNSPACED": r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    r"\uac00-\ud7af\U00020000-\U0003ffff",
    # Accents, points and vowel signs that people leave out, and what has no width.
    "MARKS": r"\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    r"\u064b-\u065f\u0670\u06d6-\u06dc\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff",
    "SEPARATORS": r"\u0001-/:-@\[-`\{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u055a-\u055f\u0589"
    r"\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u200a\u2010-\u205f\u3000-\u3004\u3008-\u3020"
    r"\u3030\u30fb",
}


def source(name: str) -> str:
    text = (SOURCES / name).read_text(encoding="utf-8")
    for key, letters in LETTERS.items():
        text = text.replace("{" + key + "}", letters)
    return text


# Room for a message's later states beside it: an update that stays on its page does not touch the index again.
STORAGE = "ALTER TABLE conversations_message SET (fillfactor = 92);"
DEFAULT_STORAGE = "ALTER TABLE conversations_message RESET (fillfactor);"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("conversations", "0005_messages_by_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactGrams",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("grams", django.contrib.postgres.search.SearchVectorField()),
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
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.contact",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["grams"],
                        name="contactgrams_grams",
                        fastupdate=True,
                        gin_pending_list_limit=256,
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "id"), name="contactgrams_account_id"),
                    models.UniqueConstraint(fields=("account", "contact"), name="contactgrams_once"),
                    config.constraints.SameAccountKey(
                        field="contact",
                        name="contactgrams_contact_fk",
                        on_delete="CASCADE",
                        to="conversations.Contact",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            source("words.sql") + source("messages.sql") + source("contacts.sql"), source("gone.sql")
        ),
        migrations.RunSQL(STORAGE, DEFAULT_STORAGE),
    ]
