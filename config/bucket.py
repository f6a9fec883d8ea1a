"""Where files rest if not on our own disk: a bucket of an S3-compatible server, as the operator names it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env


def options() -> dict[str, Any] | None:
    """The S3-compatible server for files as options of config.storage.S3Files; None: a directory.

    STORAGE_URL=s3://KEY:SECRET@host[:port]/bucket?region=…  (s3+http:// without TLS; no host: Amazon), or the
    names that Amazon's tools use: AWS_STORAGE_BUCKET_NAME, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    AWS_S3_ENDPOINT_URL, AWS_S3_REGION_NAME. STORAGE_PUBLIC_URL: how browsers reach the server, if otherwise.
    """
    url = env.secret("STORAGE_URL")
    found = _storage_of(url) if url else _storage_by_names()
    if found is None:
        return None
    if not found["bucket_name"]:
        raise ImproperlyConfigured("STORAGE_URL must name a bucket: s3://KEY:SECRET@host/bucket")
    endpoint = found["endpoint_url"]
    return {
        **found,
        "public_url": env.text("STORAGE_PUBLIC_URL") or None,
        "addressing_style": "path" if endpoint else "virtual",
        "default_acl": None,
        "file_overwrite": True,  # names are random: asking for each whether it is taken would be for nothing
    }


def _storage_of(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"s3", "s3+http"}:
        raise ImproperlyConfigured("STORAGE_URL must begin with s3:// or s3+http://")
    query = dict(parse_qsl(parts.query))
    host = parts.netloc.rpartition("@")[2]
    scheme = "http" if parts.scheme == "s3+http" else "https"
    return {
        "bucket_name": parts.path.strip("/"),
        "access_key": unquote(parts.username or "") or None,
        "secret_key": unquote(parts.password or "") or None,
        "endpoint_url": f"{scheme}://{host}" if host else None,
        "region_name": query.get("region", "us-east-1"),
    }


def _storage_by_names() -> dict[str, Any] | None:
    bucket = env.text("AWS_STORAGE_BUCKET_NAME")
    if not bucket:
        return None
    return {
        "bucket_name": bucket,
        "access_key": env.secret("AWS_ACCESS_KEY_ID") or None,  # none: the machine's own role
        "secret_key": env.secret("AWS_SECRET_ACCESS_KEY") or None,
        "endpoint_url": env.text("AWS_S3_ENDPOINT_URL") or None,
        "region_name": env.text("AWS_S3_REGION_NAME", "us-east-1"),
    }


def origins(chosen: dict[str, Any] | None) -> list[str]:
    """Where a page's pictures may come from besides ourselves: the policy looks at redirects, too."""
    if chosen is None:
        return []
    address = chosen["public_url"] or chosen["endpoint_url"]
    if address:
        return ["{0.scheme}://{0.netloc}".format(urlsplit(address))]
    bucket, region = chosen["bucket_name"], chosen["region_name"]
    return [f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.{region}.amazonaws.com"]
