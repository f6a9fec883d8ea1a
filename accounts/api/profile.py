"""/api/v1/profile: the person behind the token, in all of their accounts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts import proof
from accounts.actions import members, people
from accounts.api import serializers
from accounts.api.base import PersonAPIView, checked
from accounts.models import User
from accounts.permissions import Authority
from accounts.queries.members import member_of_user
from accounts.queries.people import profile
from config.bodies import body_of
from config.database import account_scope

ROOT = "profile"


@extend_schema(responses=OpenApiTypes.OBJECT)
class Profile(PersonAPIView):
    def get(self, request: Any) -> Response:
        return shown(request)

    @extend_schema(request=serializers.ProfileInput)
    def put(self, request: Any) -> Response:
        body = body_of(request, ROOT)
        person = change(request.person, checked(serializers.ProfileInput(data=body)))
        if body.get("avatar") not in (None, ""):
            person = people.change_avatar(person=person, upload=body["avatar"])
        return shown(request, person)

    patch = put


def shown(request: Any, person: User | None = None) -> Response:
    """A token that was made for a purpose does not read out the one that opens everything."""
    return Response(profile(person or request.person, token=not request.opened.is_named))


def change(person: User, given: dict[str, Any]) -> User:
    """First what needs the password: what follows must not happen without it."""
    given.pop("password_confirmation", None)
    current, password = given.pop("current_password", ""), given.pop("password", None)
    email = given.pop("email", None)
    if email is not None and email.strip().lower() == person.email:
        email = None
    if email is not None or password is not None:
        person = people.change_own_access(
            person=person, current_password=current, email=email, password=password
        )
    if "phone_number" in given:
        phone = given.pop("phone_number") or ""
        given["custom_attributes"] = {**person.custom_attributes, "phone_number": phone}
    values = {key: "" if value is None else value for key, value in given.items()}
    return people.change_user(by=person, user=person, **values) if values else person


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class ProfileAvatar(PersonAPIView):
    def delete(self, request: Any) -> Response:
        return shown(request, people.change_avatar(person=request.person, upload=None))


@extend_schema(request=serializers.AvailabilityInput, responses=OpenApiTypes.OBJECT)
class ProfileAvailability(PersonAPIView):
    def post(self, request: Any) -> Response:
        given = checked(serializers.AvailabilityInput(data=body_of(request, ROOT)))
        choose(request.person, **given)
        return shown(request)


@extend_schema(request=serializers.AutoOfflineInput, responses=OpenApiTypes.OBJECT)
class ProfileAutoOffline(PersonAPIView):
    def post(self, request: Any) -> Response:
        given = checked(serializers.AutoOfflineInput(data=body_of(request, ROOT)))
        choose(request.person, **given)
        return shown(request)


def choose(person: User, *, account_id: int, **values: Any) -> None:
    """Raises NotFound where they are no member."""
    with account_scope(account_id):
        member = member_of_user(account_id, person.pk)
        access = Authority(account_id, person.pk, person.available_name, member.role, member.pk)
        members.set_availability(access=access, membership_id=member.pk, **values)


@extend_schema(request=serializers.ActiveAccountInput, responses=OpenApiTypes.NONE)
class ActiveAccount(PersonAPIView):
    def put(self, request: Any) -> Response:
        given = checked(serializers.ActiveAccountInput(data=body_of(request, ROOT)))
        members.use_account(user=request.person, account_id=given["account_id"])
        return Response()


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class ResetAccessToken(PersonAPIView):
    own = True

    def post(self, request: Any) -> Response:
        people.reset_access_token(by=request.person, user=request.person)
        return Response(profile(request.person))


@extend_schema(request=None, responses=OpenApiTypes.NONE)
class ResendConfirmation(PersonAPIView):
    def post(self, request: Any) -> Response:
        """A mail to prove the address by, unless it is proven."""
        proof.send_confirmation(request._request, request.person)
        return Response()
