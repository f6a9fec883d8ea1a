"""The S3-compatible storage. Imported only where it is configured (config.bucket)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

# boto3 sends checksums since 1.36 that other servers than Amazon's refuse. A server that is down has to be
# noticed while somebody waits for the answer.
CLIENT = Config(
    connect_timeout=3,
    read_timeout=15,
    retries={"max_attempts": 2, "mode": "standard"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    signature_version="s3v4",
)


class S3Files(S3Storage):
    """A private bucket. Whatever goes wrong is an OSError, as with a disk; a missing file FileNotFoundError.
    `public_url` is how browsers reach the server, where that is another address than ours."""

    client_config: Any

    def __init__(self, *, public_url: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.public_url = public_url
        self.client_config = self.client_config.merge(CLIENT)

    @cached_property
    def _signer(self) -> Any:
        # An address is signed together with its host. Signing asks nobody, and clients may be shared by threads.
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.public_url or self.endpoint_url,
            config=self.client_config,
        )

    def signed_url(self, name: str, *, content_type: str, disposition: str, seconds: int) -> str:
        """An address of the file for whoever has it, until then; it says how to show it."""
        wanted = {
            "Bucket": self.bucket_name,
            "Key": self._normalize_name(name),
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": f"private, max-age={seconds}",
        }
        return str(self._signer.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds))

    def _save(self, name: str, content: Any) -> str:
        with _as_os_errors():
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _as_os_errors():
            opened = super()._open(name, mode)
            opened.file  # noqa: B018 - fetches it now, where the errors are ours
            return opened

    def delete(self, name: str) -> None:
        with _as_os_errors():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_os_errors():
            return bool(super().exists(name))


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"storage: {error}") from error
