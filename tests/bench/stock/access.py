from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import AccessToken
from config.encryption import digest


class TokenAuthentication(BaseAuthentication):
    """The token's owner. The encrypted copy is left out: stock tokens have none."""

    def authenticate(self, request: Any) -> tuple[Any, Any]:
        valid = AccessToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        given = digest(request.META.get("HTTP_API_ACCESS_TOKEN", ""))
        try:
            found = valid.select_related("user").defer("token").get(token_digest=given, user__is_active=True)
        except AccessToken.DoesNotExist:
            raise AuthenticationFailed from None
        return found.user, found
