"""What an agent can choose from: colleagues, teams, labels, canned responses."""

from __future__ import annotations

from typing import Any

from accounts.models import Membership, Team
from conversations import shapes
from conversations.models import CannedResponse, Label

MOST = 500


def assignable_people(account_id: int) -> list[dict[str, Any]]:
    """[{id, name, availability}] of the account's members, by name: anyone may be assigned."""
    members = Membership.objects.for_account(account_id).filter(user__is_active=True)
    named = [
        {
            "id": member.user_id,
            "name": member.user.available_name,
            "availability": shapes.AVAILABILITIES[member.availability],
        }
        for member in members.select_related("user")[:MOST]
    ]
    return sorted(named, key=lambda person: str(person["name"]).casefold())


def team_choices(account_id: int) -> list[dict[str, Any]]:
    """[{id, name}] by name."""
    teams = Team.objects.for_account(account_id).order_by("name").values("id", "name")
    return [dict(team) for team in teams[:MOST]]


def label_choices(account_id: int) -> list[dict[str, Any]]:
    """[{title, color, description}] by title."""
    labels = Label.objects.for_account(account_id).order_by("title").values("title", "color", "description")
    return [dict(label) for label in labels[:MOST]]


def canned_choices(account_id: int) -> list[dict[str, str]]:
    """[{short_code, content}] by code."""
    canned = CannedResponse.objects.for_account(account_id).values("short_code", "content")
    return [dict(one) for one in canned[:2000]]
