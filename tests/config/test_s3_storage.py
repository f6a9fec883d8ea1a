"""Files in a bucket: against a server that speaks S3, and against one that is down."""

from __future__ import annotations

import io
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client
from moto.server import ThreadedMotoServer
from PIL import Image

from config import bucket as bucket_settings
from config.database import account_scope, platform_scope
from config.filestore import sweep
from config.models import StoredFile
from conversations.actions.previews import make_previews
from conversations.models import Attachment, Message
from tests import factories
from tests.factories import Cast

BUCKET = "parley-files"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    _host, port = running.get_host_and_port()
    yield f"127.0.0.1:{port}"
    running.stop()


def use(settings: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_URL", url)
    options = bucket_settings.options()
    assert options is not None
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "config.storage.S3Files", "OPTIONS": options},
    }


@pytest.fixture
def bucket(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    use(settings, f"s3+http://KEY:SECRET@{server}/{BUCKET}?region=eu-central-1", monkeypatch)
    client = boto3.resource(
        "s3",
        endpoint_url=f"http://{server}",
        region_name="eu-central-1",
        aws_access_key_id="KEY",
        aws_secret_access_key="SECRET",
    )
    made = client.Bucket(BUCKET)
    if made.creation_date is None:
        made.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    made.objects.all().delete()
    return made


@pytest.fixture
def broken(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    use(settings, f"s3+http://KEY:SECRET@127.0.0.1:9/{BUCKET}", monkeypatch)


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(target, "PNG")
    return target.getvalue()


def hear_with(cast: Cast, content: bytes, name: str = "a.png") -> dict[str, Any]:
    return factories.hear(cast.vera, files=(SimpleUploadedFile(name, content),))


def bob_of(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.bob.user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    return client


def keys(bucket: Any) -> list[str]:
    return sorted(one.key for one in bucket.objects.all())


def test_files_and_previews_rest_in_the_bucket_under_random_names(cast: Cast, bucket: Any) -> None:
    message = hear_with(cast, picture(), "../../<b>secret</b>.png")
    with account_scope(cast.account.pk):
        assert make_previews(account_id=cast.account.pk, message_id=message["id"]) == 1
        attachment = Attachment.objects.get()
        assert keys(bucket) == sorted([attachment.file.name, attachment.view, attachment.thumb])
    assert not any("secret" in key for key in keys(bucket))
    assert bucket.Object(attachment.file.name).get()["Body"].read() == picture()


def test_whoever_may_see_it_is_sent_to_a_short_lived_address(cast: Cast, bucket: Any, server: str) -> None:
    shape = hear_with(cast, picture(), "évil.png")["attachments"][0]
    path = f"/app/accounts/{cast.account.pk}/files/{shape['id']}/original/x"

    answer = bob_of(cast).get(path)
    assert (answer.status_code, urlsplit(answer["Location"]).netloc) == (302, server)
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert query["X-Amz-Expires"] == ["300"]
    with urllib.request.urlopen(answer["Location"], timeout=10) as found:
        assert found.read() == picture()
        assert found.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9vil.png"
        assert found.headers["Content-Type"] == "image/png"
    part = urllib.request.Request(answer["Location"], headers={"Range": "bytes=1-3"})
    with urllib.request.urlopen(part, timeout=10) as found:
        assert (found.status, found.read()) == (206, b"PNG")
    assert int(answer["Cache-Control"].rpartition("=")[2]) <= 150

    refused = Client()
    refused.force_login(cast.charlie.user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    assert refused.get(path).status_code == 404
    assert "Location" not in refused.get(path)
    signed = Client().get(urlsplit(shape["data_url"]).path)
    assert (signed.status_code, urlsplit(signed["Location"]).netloc) == (302, server)


def test_browsers_get_the_address_by_which_they_reach_the_server(
    cast: Cast, bucket: Any, server: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_PUBLIC_URL", "https://files.shop.test")
    use(settings, f"s3+http://KEY:SECRET@{server}/{BUCKET}", monkeypatch)
    shape = hear_with(cast, picture())["attachments"][0]

    answer = Client().get(urlsplit(shape["data_url"]).path)

    assert answer["Location"].startswith(f"https://files.shop.test/{BUCKET}/attachments/")


def test_unneeded_files_leave_the_bucket(cast: Cast, bucket: Any) -> None:
    hear_with(cast, picture())
    with account_scope(cast.account.pk):
        Message.objects.exclude(attachments=None).delete()
    assert len(keys(bucket)) == 1
    with platform_scope("tests let time pass"):
        mine = StoredFile.objects.filter(account_id=cast.account.pk)
        mine.update(unneeded_since=Now() - timedelta(days=1))

    sweep()

    assert keys(bucket) == []


def test_a_storage_that_is_down_is_told_in_words_and_nothing_is_half_done(
    cast: Cast, broken: None, signed_in: Any
) -> None:
    number = factories.hear(cast.vera)["conversation_id"]
    base = f"/app/accounts/{cast.account.pk}/conversations/{number}"
    bob = signed_in(cast.bob)
    started = time.monotonic()

    ahead = bob.post(f"{base}/uploads", {"file": SimpleUploadedFile("a.png", picture())})
    at_once = bob.post(
        f"{base}/messages",
        {"content": "Look", "kind": "reply", "attachments": SimpleUploadedFile("a.png", picture())},
        HTTP_HX_REQUEST="true",
    )

    for refused in (ahead, at_once):
        assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
        assert "cannot be reached" in refused.json()["message"] and refused["Retry-After"] == "5"
    assert time.monotonic() - started < 15
    with account_scope(cast.account.pk):
        assert Message.objects.filter(content="Look").count() == Attachment.objects.count() == 0
    text_alone = bob.post(f"{base}/messages", {"content": "Look", "kind": "reply"}, HTTP_HX_REQUEST="true")
    assert text_alone.status_code == 201


def test_what_could_not_be_stored_is_sent_by_trying_again(
    cast: Cast,
    broken: None,
    server: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    request: Any,
    api: Any,
) -> None:
    number = factories.hear(cast.vera)["conversation_id"]
    bob = api(cast.bob)

    def send() -> Any:
        form = {"content": "Look", "echo_id": "e-1", "attachments[]": SimpleUploadedFile("a.png", picture())}
        return bob.post(f"{bob.base}/conversations/{number}/messages", form)

    assert send().status_code == 503
    request.getfixturevalue("bucket")
    answer = send()

    assert (answer.status_code, len(answer.json()["attachments"])) == (200, 1)
    with account_scope(cast.account.pk):
        assert Message.objects.filter(echo_id="e-1").count() == 1


def test_a_preview_waits_for_the_storage(
    cast: Cast, bucket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = hear_with(cast, picture())
    with monkeypatch.context() as down:
        known = settings.STORAGES
        use(settings, f"s3+http://KEY:SECRET@127.0.0.1:9/{BUCKET}", down)
        with pytest.raises(OSError), account_scope(cast.account.pk):
            make_previews(account_id=cast.account.pk, message_id=message["id"])
        settings.STORAGES = known
    with account_scope(cast.account.pk):
        assert Attachment.objects.get().preview == Attachment.Preview.PENDING
        assert make_previews(account_id=cast.account.pk, message_id=message["id"]) == 1


def test_a_missing_object_is_a_missing_file(bucket: Any) -> None:
    with pytest.raises(FileNotFoundError):
        default_storage.open("attachments/1/nothing")
    with pytest.raises(urllib.error.HTTPError):
        storage: Any = default_storage
        urllib.request.urlopen(
            storage.signed_url("nothing", content_type="text/plain", disposition="attachment", seconds=60),
            timeout=10,
        )


SPELLINGS = [
    ("s3://K:S%2F@s3.shop.test/files?region=eu-west-1", "https://s3.shop.test", "files", "S/", "eu-west-1"),
    ("s3+http://K:S@minio:9000/files", "http://minio:9000", "files", "S", "us-east-1"),
    ("s3://K:S@/files?region=eu-west-1", None, "files", "S", "eu-west-1"),
]


@pytest.mark.parametrize(("url", "endpoint", "name", "secret", "region"), SPELLINGS)
def test_the_url_names_server_bucket_and_keys(
    url: str, endpoint: str | None, name: str, secret: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_URL", url)
    found: Any = bucket_settings.options()

    assert (found["endpoint_url"], found["bucket_name"], found["secret_key"]) == (endpoint, name, secret)
    assert found["region_name"] == region


@pytest.mark.parametrize("url", ["https://s3.shop.test/files", "s3://K:S@s3.shop.test", "files"])
def test_a_url_that_names_no_bucket_stops_the_process(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL"):
        bucket_settings.options()


def test_the_names_of_amazons_tools_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bucket_settings.options() is None
    monkeypatch.setenv("AWS_STORAGE_BUCKET_NAME", "files")
    monkeypatch.setenv("AWS_S3_ENDPOINT_URL", "https://s3.shop.test")

    found: Any = bucket_settings.options()

    assert (found["bucket_name"], found["endpoint_url"], found["access_key"]) == (
        "files",
        "https://s3.shop.test",
        None,
    )
    assert bucket_settings.origins(found) == ["https://s3.shop.test"]
    assert bucket_settings.origins(None) == []
