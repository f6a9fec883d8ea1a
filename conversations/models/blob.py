from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Blob(TenantModel):
    """A file that came by itself, to become part of something later. Announced first (`file` is empty), then its
    bytes come; type and size are then what was found in it. A message takes its file over, and the row goes;
    whatever else shows it has a BlobUse. One without any is swept."""

    file = models.CharField(max_length=255, blank=True, default="")
    # As the sender called it, made harmless; the stored name is random.
    file_name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127, blank=True, default="")
    extension = models.CharField(max_length=16, blank=True, default="")
    byte_size = models.BigIntegerField()
    checksum = models.CharField(max_length=24, blank=True, default="")  # MD5 in base64, as announced
    width = models.IntegerField(null=True, blank=True)
    height = models.IntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        constraints: ClassVar = [account_key("blob")]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="blob_by_age")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_picture(self) -> bool:
        return bool(self.file) and self.content_type.startswith("image/")


class BlobUse(models.Model):
    """What shows a blob, by a name of its own: "article:7", "portal:2". It keeps the file."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    blob = models.ForeignKey(
        Blob, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="uses"
    )
    subject = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            account_key("blobuse"),
            models.UniqueConstraint(fields=["account", "blob", "subject"], name="blobuse_once"),
            SameAccountKey(
                field="blob", to="conversations.Blob", name="blobuse_blob_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "subject"], name="blobuse_subject")]

    def __str__(self) -> str:
        return f"{self.subject}: {self.blob_id}"
