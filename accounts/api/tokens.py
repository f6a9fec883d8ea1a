"""/api/v1/profile/access_tokens: the person's named tokens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.actions.tokens import create_token, revoke_token
from accounts.api import serializers
from accounts.api.base import PersonAPIView, checked
from accounts.queries.tokens import token_shape, tokens_of
from config.bodies import body_of
from config.schema import ROWS


class AccessTokens(PersonAPIView):
    own = True

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(tokens_of(request.person))

    @extend_schema(request=serializers.TokenInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any) -> Response:
        """Make one. `token` is in this answer only."""
        given = checked(serializers.TokenInput(data=body_of(request, "access_token")))
        row, token = create_token(person=request.person, **given)
        response = Response({**token_shape(row), "token": token})
        response["Cache-Control"] = "no-store"
        return response


@extend_schema(request=None, responses=OpenApiTypes.NONE)
class AccessTokenDetail(PersonAPIView):
    own = True

    def delete(self, request: Any, token_id: int) -> Response:
        revoke_token(person=request.person, token_id=token_id)
        return Response()
