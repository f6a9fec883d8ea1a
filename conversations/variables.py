"""What {{ variables }} of canned responses stand for in one conversation. Pure."""

from __future__ import annotations

from typing import Any


def variables(
    *, conversation: dict[str, Any], agent_name: str, agent_email: str, inbox_name: str, account_name: str
) -> dict[str, str]:
    """Lower-case name to text; what is not known is missing. `conversation` is the REST shape."""
    contact = conversation["meta"]["sender"]
    values: dict[str, Any] = {
        **_names("contact", contact["name"]),
        "contact.id": contact["id"],
        "contact.email": contact["email"],
        "contact.phone": contact["phone_number"],
        **_names("agent", agent_name),
        "agent.email": agent_email,
        "conversation.id": conversation["id"],
        "inbox.name": inbox_name,
        "account.name": account_name,
        **_attributes("contact", contact["custom_attributes"]),
        **_attributes("conversation", conversation["custom_attributes"]),
    }
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _names(owner: str, name: str | None) -> dict[str, str]:
    words = (name or "").split()
    return {
        f"{owner}.name": name or "",
        f"{owner}.first_name": words[0] if words else "",
        f"{owner}.last_name": words[-1] if len(words) > 1 else "",
    }


def _attributes(owner: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{owner}.custom_attribute.{key.lower()}": value
        for key, value in values.items()
        if isinstance(value, str | int | float)
    }
