import django.db.models.deletion
from django.db import migrations, models

import config.constraints

# Not a SameAccountKey: those refer to (account_id, id), this to the other unique pair of a membership.
MEMBERSHIP = """
ALTER TABLE inboxes_inboxuserobjectpermission ADD CONSTRAINT inboxgrant_membership_fk
    FOREIGN KEY (account_id, user_id) REFERENCES accounts_membership (account_id, user_id) ON DELETE CASCADE
"""
NO_MEMBERSHIP = "ALTER TABLE inboxes_inboxuserobjectpermission DROP CONSTRAINT inboxgrant_membership_fk"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("inboxes", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="inboxuserobjectpermission",
            options={"verbose_name": "inbox grant", "verbose_name_plural": "inbox grants"},
        ),
        # Nothing could grant anything before this migration: there are no rows to keep.
        migrations.RunSQL("DELETE FROM inboxes_inboxuserobjectpermission", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="inboxuserobjectpermission",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="inboxuserobjectpermission",
            name="content_object",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="grants",
                to="inboxes.inbox",
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxuserobjectpermission",
            constraint=models.UniqueConstraint(fields=("account", "id"), name="inboxgrant_account_id"),
        ),
        migrations.AddConstraint(
            model_name="inboxuserobjectpermission",
            constraint=config.constraints.SameAccountKey(
                field="content_object", name="inboxgrant_inbox_fk", on_delete="CASCADE", to="inboxes.Inbox"
            ),
        ),
        migrations.RunSQL(MEMBERSHIP, NO_MEMBERSHIP),
    ]
