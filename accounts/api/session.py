"""/auth: how programs sign people in and out, in the shapes of devise-token-auth (contract 2.1)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts import proof, shapes, sso
from accounts.actions import people
from accounts.actions.sessions import close_session, open_session
from accounts.api import serializers
from accounts.api.base import EdgeView
from accounts.api.credentials import session_headers, session_shown_by
from accounts.models import DeviceSession, User
from accounts.queries.door import session_of
from accounts.queries.people import profile
from config import context
from config.bodies import body_of
from config.problems import Invalid

RESET_PAGE = "/accounts/password/reset/"


class SessionView(EdgeView):
    """Open to everybody: what is shown is looked at by the methods."""

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        return transaction.atomic()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Nobody to ask for, and no key to keep an answer under: a session is nobody else's."""

    def signed_in(self, request: Any, user: User) -> Response:
        """The person with the headers of a new session, or the question for their second factor."""
        if proof.has_factor(user):
            return Response({"mfa_required": True, "mfa_token": proof.challenge_of(user)}, status=206)
        return self.opened(request, user)

    def opened(self, request: Any, user: User) -> Response:
        context.note(user_id=user.pk)
        session, token = open_session(user=user, device=request.META.get("HTTP_USER_AGENT", ""))
        return personal(Response({"data": profile(user)}), session, uid=user.email, token=token)


def personal(response: Response, session: DeviceSession, *, uid: str, token: str) -> Response:
    for name, value in session_headers(session, uid=uid, token=token).items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def wrong(status: int, code: str, text: str) -> Response:
    """In devise-token-auth's shape."""
    return Response({"success": False, "errors": [text], "code": code}, status=status)


def wrong_credentials() -> Response:
    """The same words for an unknown address, a wrong password and who is switched off."""
    return wrong(401, "wrong_credentials", _("Invalid login credentials. Please try again."))


class SignIn(SessionView):
    """Sign in, by password, by a link of a platform app, or by the answer to the second factor's question."""

    @extend_schema(responses={302: None})
    def get(self, request: Any) -> Response:
        """Not a page."""
        return Response(status=302, headers={"Location": "/app/login?error=access-denied"})

    @extend_schema(
        request=serializers.SignInInput, responses={200: OpenApiTypes.OBJECT, 206: OpenApiTypes.OBJECT}
    )
    def post(self, request: Any) -> Response:
        given = body_of(request)
        if given.get("mfa_token"):
            return self.answered(request, given)
        if given.get("sso_auth_token"):
            user = by_link(given["sso_auth_token"], given.get("email"))
        else:
            user = proof.by_password(
                request._request, email=given.get("email"), password=given.get("password")
            )
        return self.signed_in(request, user) if user is not None else wrong_credentials()

    def answered(self, request: Any, given: dict[str, Any]) -> Response:
        code = given.get("otp_code") or given.get("backup_code")
        if not code:
            return problem(400, "code_missing", _("otp_code or backup_code is missing."))
        user = proof.challenged(given["mfa_token"])
        if user is None:
            return problem(401, "challenge_over", _("This sign-in has expired. Please sign in again."))
        if not proof.by_factor(user=user, code=code):
            return problem(401, "wrong_code", _("This code is wrong, or was used before."))
        return self.opened(request, user)


def by_link(token: Any, email: Any) -> User | None:
    if not proof.is_text(token, most=200) or not proof.is_text(email, most=proof.MOST_ADDRESS):
        return None
    return sso.redeem(token, email=email)


def problem(status: int, code: str, text: str) -> Response:
    return Response({"error": text, "message": text, "code": code}, status=status)


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class SignOut(SessionView):
    """End the session whose headers are sent. API tokens stay."""

    def delete(self, request: Any) -> Response:
        session = shown_session(request)
        if session is None:
            return wrong(404, "not_found", _("User was not found or was not logged in."))
        close_session(session=session)
        return Response({"success": True})


@extend_schema(responses=OpenApiTypes.OBJECT)
class ValidateToken(SessionView):
    """Whether a session is still good, and whose it is."""

    def get(self, request: Any) -> Response:
        session = shown_session(request)
        if session is None:
            return wrong(401, "unauthorized", _("Invalid login credentials"))
        user = session.user
        data = {**profile(user), "created_at": shapes.iso(user.created_at)}
        response = Response({"payload": {"success": True, "data": data}})
        response["Cache-Control"] = "no-store"
        return response


def shown_session(request: Any) -> DeviceSession | None:
    shown = session_shown_by(request)
    return session_of(shown) if shown is not None else None


@extend_schema(responses=OpenApiTypes.OBJECT)
class Password(SessionView):
    @extend_schema(request=serializers.ResetRequestInput)
    def post(self, request: Any) -> Response:
        """Send a link for a new password. The answer is the same whether anybody has this address."""
        proof.send_reset_link(request._request, email=body_of(request).get("email"))
        text = _("If somebody has this address here, a mail with a link is on its way.")
        return Response({"success": True, "message": text})

    @extend_schema(
        request=serializers.ResetInput, responses={200: OpenApiTypes.OBJECT, 206: OpenApiTypes.OBJECT}
    )
    def put(self, request: Any) -> Response:
        """Set a new password by the link's token, once. Ends every session and replaces the API token."""
        given = body_of(request)
        user = proof.by_reset_link(given.get("reset_password_token"))
        if user is None:
            return not_reset("token_over", _("This link has expired or was used. Ask for a new one."))
        password = given.get("password")
        if not proof.is_text(password, most=proof.MOST_PASSWORD):
            return not_reset("invalid", _("Password is missing or longer than 128 characters."))
        if given.get("password_confirmation", password) != password:
            return not_reset("invalid", _("Password confirmation doesn't match Password"))
        try:
            people.set_password(by=user, user=user, password=str(password))
        except Invalid as error:
            return not_reset("invalid", error.message)
        return self.signed_in(request, user)


def not_reset(code: str, text: str) -> Response:
    return Response({"message": text, "redirect_url": RESET_PAGE, "error": text, "code": code}, status=422)


class Confirmation(SessionView):
    """Prove an e-mail address by the token of the mail, once."""

    @extend_schema(
        request=serializers.ConfirmationInput,
        responses={200: OpenApiTypes.OBJECT, 206: OpenApiTypes.OBJECT},
    )
    def post(self, request: Any) -> Response:
        user = proof.by_confirmation_link(body_of(request).get("confirmation_token"))
        if user is None:
            text = _("This link has expired or was used. Ask for a new one.")
            body = {"message": text, "redirect_url": "/app/login", "error": text, "code": "token_over"}
            return Response(body, status=422)
        return self.signed_in(request, user)
