import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_sessions_tokens_answers"),
        ("conversations", "0015_campaigns_and_slas"),
    ]

    operations = [
        migrations.CreateModel(
            name="Company",
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
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("domain", models.CharField(blank=True, max_length=253, null=True, verbose_name="domain")),
                ("description", models.TextField(blank=True, default="", max_length=1000)),
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
                "verbose_name": "company",
                "verbose_name_plural": "companies",
                "ordering": ["name", "id"],
                "indexes": [models.Index(fields=["account", "name", "id"], name="company_by_name")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "id"), name="company_account_id"),
                    models.UniqueConstraint(fields=("account", "domain"), name="company_domain"),
                ],
            },
        ),
    ]
