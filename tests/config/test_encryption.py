from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection

from accounts.models import AccessToken
from channels_ext.models import ApiChannel
from config.database import account_scope
from config.encryption import decrypt, digest, encrypt, new_token
from tests import factories
from tests.factories import Cast


def test_tokens_rest_encrypted_and_are_found_by_digest(cast: Cast) -> None:
    token = factories.token_of(cast.bob.user)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT token, token_digest FROM accounts_accesstoken WHERE user_id = %s", [cast.bob.user_id]
        )
        stored, stored_digest = cursor.fetchone()
    assert token not in stored
    assert stored_digest == digest(token)
    assert AccessToken.objects.get(token_digest=digest(token)).token == token


def test_webhook_secrets_rest_encrypted(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        channel = ApiChannel.objects.get(inbox=cast.api_inbox)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT secret, hmac_token FROM channels_ext_apichannel WHERE id = %s", [channel.pk]
            )
            stored = cursor.fetchone()
    assert channel.secret not in stored[0]
    assert channel.hmac_token not in stored[1]
    assert decrypt(stored[0]) == channel.secret


def test_a_new_token_ends_the_old_one(cast: Cast) -> None:
    old, new = factories.token_of(cast.bob.user), factories.token_of(cast.bob.user)
    assert old != new
    assert not AccessToken.objects.filter(token_digest=digest(old)).exists()


def test_keys_rotate_and_an_unknown_key_is_an_error(settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    stored = encrypt("secret")
    settings.FIELD_KEYS = [new, old]
    assert decrypt(stored) == "secret"
    assert encrypt("secret") != stored
    settings.FIELD_KEYS = [new]
    with pytest.raises(InvalidToken):
        decrypt(stored)


def test_tokens_are_long_and_unlike() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {24}
    assert not set("".join(tokens)) & set("0OIl")
