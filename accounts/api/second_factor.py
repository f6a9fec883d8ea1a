"""/api/v1/profile/mfa: the person's second factor (contract 5.2)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts import proof
from accounts.actions import second_factor
from accounts.actions.sessions import carry_over
from accounts.api import serializers
from accounts.api.base import PersonAPIView
from accounts.queries.door import session_of
from config.bodies import body_of
from config.problems import Invalid


class SecondFactorView(PersonAPIView):
    own = True

    def enter(self, request: Any) -> None:
        super().enter(request)
        self.session = session_of(request.shown)  # before anything ends it

    def changed(self, request: Any, body: dict[str, Any]) -> Response:
        """What changed has ended every session; this one goes on."""
        if self.session is not None:
            carry_over(session=self.session, user=request.person)
        response = Response(body)
        response["Cache-Control"] = "no-store"
        return response


@extend_schema(responses=OpenApiTypes.OBJECT)
class SecondFactor(SecondFactorView):
    def get(self, request: Any) -> Response:
        return Response(second_factor.state_of(request.person))

    @extend_schema(request=serializers.EnrolInput)
    def post(self, request: Any) -> Response:
        """Begin. A session has shown the password when it was opened; an API token has to bring it along."""
        if self.session is None:
            require_password(request)
        response = Response(second_factor.begin_enrolment(user=request.person))
        response["Cache-Control"] = "no-store"
        return response

    @extend_schema(request=serializers.RemoveFactorInput)
    def delete(self, request: Any) -> Response:
        given = body_of(request)
        second_factor.remove_factor(
            request=request._request,
            user=request.person,
            password=given.get("password"),
            code=given.get("otp_code"),
        )
        return self.changed(request, second_factor.state_of(request.person))


def require_password(request: Any) -> None:
    """A stolen token must not be enough to lock its owner out. Raises Invalid, TooMany."""
    password = body_of(request).get("password")
    proven = proof.by_password(request._request, email=request.person.email, password=password)
    if proven is None or proven.pk != request.person.pk:
        text = _("With an API token, the password is needed to switch this on. Nothing was changed.")
        raise Invalid(text, attributes=["password"], code="wrong_password")


@extend_schema(request=serializers.CodeInput, responses=OpenApiTypes.OBJECT)
class VerifySecondFactor(SecondFactorView):
    def post(self, request: Any) -> Response:
        code = body_of(request).get("otp_code")
        codes = second_factor.finish_enrolment(request=request._request, user=request.person, code=code)
        return self.changed(request, {"enabled": True, "backup_codes": codes})


@extend_schema(request=serializers.CodeInput, responses=OpenApiTypes.OBJECT)
class RecoveryCodes(SecondFactorView):
    def post(self, request: Any) -> Response:
        code = body_of(request).get("otp_code")
        codes = second_factor.renew_recovery_codes(request=request._request, user=request.person, code=code)
        return self.changed(request, {"backup_codes": codes})
