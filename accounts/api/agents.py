"""Agents and teams of an account. An agent's number is their user's."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.actions import members, teams
from accounts.api import serializers
from accounts.api.base import AccountAPIView, checked
from accounts.models import Membership
from accounts.models.membership import Availability
from accounts.queries import members as queries
from config.bodies import body_of
from config.problems import Forbidden, Invalid
from config.schema import ROWS


@extend_schema(responses=OpenApiTypes.OBJECT)
class AgentList(AccountAPIView):
    reads = "member.read"
    writes = "member.invite"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(queries.agents(request.access.account_id))

    @extend_schema(request=serializers.NewAgent)
    def post(self, request: Any) -> Response:
        given = checked(serializers.NewAgent(data=body_of(request, "agent")))
        given["name"] = given.get("name") or ""
        member = members.invite_member(access=request.access, **given)
        return Response(queries.agent(member))


@extend_schema(request=serializers.ManyAgents, responses=OpenApiTypes.NONE)
class AgentBulk(AccountAPIView):
    writes = "member.invite"

    def post(self, request: Any) -> Response:
        given = checked(serializers.ManyAgents(data=body_of(request)))
        for email in dict.fromkeys(one.strip().lower() for one in given["emails"]):
            members.invite_member(
                access=request.access, email=email, availability=Availability.OFFLINE, auto_offline=False
            )
        return Response()


@extend_schema(responses=OpenApiTypes.OBJECT)
class AgentDetail(AccountAPIView):
    reads = "member.read"
    writes = "member.update"

    def get(self, request: Any, user_id: int) -> Response:
        return Response(queries.agent(self._membership(request, user_id)))

    @extend_schema(request=serializers.AgentChanges)
    def patch(self, request: Any, user_id: int) -> Response:
        given = checked(serializers.AgentChanges(data=body_of(request, "agent")))
        who = {"access": request.access, "membership_id": self._membership(request, user_id).pk}
        if "name" in given:
            members.rename_member(**who, name=given.pop("name"))
        if "role" in given:
            members.change_role(**who, role=given.pop("role"))
        if given:
            members.set_availability(**who, **given)
        return Response(queries.agent(members.find_member(request.access, who["membership_id"])))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, user_id: int) -> Response:
        members.remove_member(access=request.access, membership_id=self._membership(request, user_id).pk)
        return Response()

    def _membership(self, request: Any, user_id: int) -> Membership:
        return queries.member_of_user(request.access.account_id, user_id)


@extend_schema(responses=OpenApiTypes.OBJECT)
class TeamList(AccountAPIView):
    reads = "team.read"
    writes = "team.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(queries.teams(request.access))

    @extend_schema(request=serializers.NewTeam)
    def post(self, request: Any) -> Response:
        given = _without_null(checked(serializers.NewTeam(data=body_of(request, "team"))))
        return Response(queries.team(request.access, teams.create_team(access=request.access, **given)))


@extend_schema(responses=OpenApiTypes.OBJECT)
class TeamDetail(AccountAPIView):
    reads = "team.read"
    writes = "team.manage"

    def get(self, request: Any, team_id: int) -> Response:
        return Response(queries.team(request.access, queries.find_team(request.access, team_id)))

    @extend_schema(request=serializers.TeamChanges)
    def patch(self, request: Any, team_id: int) -> Response:
        given = _without_null(checked(serializers.TeamChanges(data=body_of(request, "team"))))
        row = teams.update_team(access=request.access, team_id=team_id, **given)
        return Response(queries.team(request.access, row))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, team_id: int) -> Response:
        teams.delete_team(access=request.access, team_id=team_id)
        return Response()


def _without_null(given: dict[str, Any]) -> dict[str, Any]:
    return {key: "" if value is None else value for key, value in given.items()}


@extend_schema(request=serializers.UserIds, responses=ROWS)
class TeamMemberList(AccountAPIView):
    """Who is no member of the account makes the whole request a matter of rights, as the contract has it."""

    reads = "team.read"
    writes = "team.manage"

    @extend_schema(request=None, responses=ROWS)
    def get(self, request: Any, team_id: int) -> Response:
        return Response(queries.team_agents(request.access, team_id))

    def post(self, request: Any, team_id: int) -> Response:
        added = self._do(request, team_id, teams.add_team_members)
        return Response(queries.agents(request.access.account_id, added))

    def patch(self, request: Any, team_id: int) -> Response:
        self._do(request, team_id, teams.set_team_members)
        return Response(queries.team_agents(request.access, team_id))

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, team_id: int) -> Response:
        self._do(request, team_id, teams.remove_team_members)
        return Response()

    def _do(self, request: Any, team_id: int, action: Any) -> Any:
        given = checked(serializers.UserIds(data=body_of(request)))
        try:
            return action(access=request.access, team_id=team_id, user_ids=given["user_ids"])
        except Invalid as problem:
            if problem.code != "not_members":
                raise
            raise Forbidden(_("Invalid User IDs")) from None
