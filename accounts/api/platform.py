"""/platform/api/v1: for programs that manage accounts, people and bots from outside (contract, 5.4)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.actions import platform as actions
from accounts.api import platform_serializers as serializers
from accounts.api.base import PlatformAPIView, checked, values_of
from accounts.api.serializers import BotChanges
from accounts.models import Account, Role, User
from accounts.queries import platform as queries
from accounts.queries.people import profile
from accounts.sso import signin_link
from config.bodies import body_of
from config.problems import Forbidden
from config.schema import ROWS


@extend_schema(responses=OpenApiTypes.OBJECT)
class PlatformAccountList(PlatformAPIView):
    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response([queries.account(row) for row in queries.permitted(request.program, Account)])

    @extend_schema(request=serializers.NewPlatformAccount)
    def post(self, request: Any) -> Response:
        values = values_of(serializers.NewPlatformAccount(data=body_of(request)))
        return Response(queries.account(actions.create_account(program=request.program, **values)))


@extend_schema(responses=OpenApiTypes.OBJECT)
class PlatformAccount(PlatformAPIView):
    def get(self, request: Any, account_id: int) -> Response:
        return Response(queries.account(queries.find_permitted(request.program, Account, account_id)))

    @extend_schema(request=serializers.PlatformAccountChanges)
    def patch(self, request: Any, account_id: int) -> Response:
        values = values_of(serializers.PlatformAccountChanges(data=body_of(request)))
        row = actions.update_account(program=request.program, account_id=account_id, **values)
        return Response(queries.account(row))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, account_id: int) -> Response:
        actions.retire_account(program=request.program, account_id=account_id)
        return Response()


@extend_schema(responses=OpenApiTypes.OBJECT)
class PlatformAccountUsers(PlatformAPIView):
    @extend_schema(responses=ROWS)
    def get(self, request: Any, account_id: int) -> Response:
        row = queries.find_permitted(request.program, Account, account_id)
        return Response(queries.account_users(row))

    @extend_schema(request=serializers.AccountUser)
    def post(self, request: Any, account_id: int) -> Response:
        given = checked(serializers.AccountUser(data=body_of(request)))
        role = Role.AGENT if given["role"] == "agent" else given["role"]
        member = actions.put_member(
            program=request.program, account_id=account_id, user_id=given["user_id"], role=role
        )
        return Response(queries.account_user(member))

    @extend_schema(request=serializers.AccountUserId, responses=OpenApiTypes.NONE)
    def delete(self, request: Any, account_id: int) -> Response:
        given = checked(serializers.AccountUserId(data=body_of(request)))
        actions.take_member(program=request.program, account_id=account_id, user_id=given["user_id"])
        return Response()


def _person(request: Any, user: User) -> Response:
    """The token only of who is the program's to be."""
    return Response(profile(user, token=queries.may_be(request.program, user)))


@extend_schema(request=serializers.NewUser, responses=OpenApiTypes.OBJECT)
class PlatformUserList(PlatformAPIView):
    def post(self, request: Any) -> Response:
        values = values_of(serializers.NewUser(data=body_of(request)))
        return _person(request, actions.bring_user(program=request.program, **values))


@extend_schema(responses=OpenApiTypes.OBJECT)
class PlatformUser(PlatformAPIView):
    def get(self, request: Any, user_id: int) -> Response:
        return _person(request, queries.find_permitted(request.program, User, user_id))

    @extend_schema(request=serializers.UserChanges)
    def patch(self, request: Any, user_id: int) -> Response:
        values = values_of(serializers.UserChanges(data=body_of(request)))
        return _person(request, actions.update_user(program=request.program, user_id=user_id, **values))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, user_id: int) -> Response:
        actions.retire_user(program=request.program, user_id=user_id)
        return Response()


@extend_schema(responses=OpenApiTypes.OBJECT)
class PlatformUserLogin(PlatformAPIView):
    def get(self, request: Any, user_id: int) -> Response:
        user = queries.find_permitted(request.program, User, user_id)
        if not queries.may_be(request.program, user):
            raise Forbidden("Non permissible resource")
        return Response({"url": signin_link(user)})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class PlatformUserToken(PlatformAPIView):
    def post(self, request: Any, user_id: int) -> Response:
        token = actions.token_of_user(program=request.program, user_id=user_id)
        user = queries.find_permitted(request.program, User, user_id)
        keys = ("name", "display_name", "email", "pubsub_token")
        person = {"id": user.pk, **{key: getattr(user, key) for key in keys}}
        return Response({"access_token": token, "expiry": None, "user": person})


@extend_schema(responses=OpenApiTypes.OBJECT)
class PlatformBotList(PlatformAPIView):
    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(queries.bots(request.program))

    @extend_schema(request=serializers.NewPlatformBot)
    def post(self, request: Any) -> Response:
        values = values_of(serializers.NewPlatformBot(data=body_of(request)))
        values["account_id"] = values.get("account_id") or None
        return Response(queries.bot(actions.create_bot(program=request.program, **values)))


@extend_schema(responses=OpenApiTypes.OBJECT)
class PlatformBot(PlatformAPIView):
    def get(self, request: Any, bot_id: int) -> Response:
        return Response(queries.bot(queries.find_bot(request.program, bot_id)))

    @extend_schema(request=BotChanges)
    def patch(self, request: Any, bot_id: int) -> Response:
        bot = queries.find_bot(request.program, bot_id)
        body = body_of(request)
        values = values_of(BotChanges(data=body))
        actions.update_bot(program=request.program, bot=bot, **values)
        if body.get("avatar") not in (None, ""):
            actions.change_bot_avatar(program=request.program, bot=bot, upload=body["avatar"])
        return Response(queries.bot(bot))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, bot_id: int) -> Response:
        actions.delete_bot(program=request.program, bot=queries.find_bot(request.program, bot_id))
        return Response()


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class PlatformBotAvatar(PlatformAPIView):
    def delete(self, request: Any, bot_id: int) -> Response:
        bot = queries.find_bot(request.program, bot_id)
        actions.change_bot_avatar(program=request.program, bot=bot, upload=None)
        return Response(queries.bot(bot))
