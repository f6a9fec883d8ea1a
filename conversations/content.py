"""What interactive messages are made of (contract, events.md 11): JSON schemas, and the HTML that is let through.
Pure: no database, no network."""

from __future__ import annotations

from functools import cache
from typing import Any

import nh3
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from config.problems import Invalid

MOST_ITEMS, MOST_ACTIONS = 100, 10

_TEXT = {"type": ["string", "null"], "maxLength": 20_000}
_TITLE = {"type": "string", "minLength": 1, "maxLength": 1000}
# Only what a browser may safely follow: a card's link is clicked by visitors and by agents.
_ADDRESS = {
    "type": ["string", "null"],
    "maxLength": 2048,
    "pattern": r"^(?:$|(?:https?://|mailto:|tel:)[^\s<>\"]*$)",
}


def _items(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    item = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {
        "type": "object",
        "properties": {"items": {"type": "array", "items": item, "minItems": 1, "maxItems": MOST_ITEMS}},
        "required": ["items"],
    }


_ACTION = {
    "type": "object",
    "properties": {
        "type": {"enum": ["link", "postback"]},
        "text": _TITLE,
        "uri": _ADDRESS,
        "payload": _TEXT,
    },
    "required": ["type", "text"],
    "additionalProperties": False,
    "if": {"properties": {"type": {"const": "link"}}},
    "then": {"required": ["uri"], "properties": {"uri": {"type": "string", "minLength": 1}}},
    "else": {"required": ["payload"]},
}
_OPTION = {
    "type": "object",
    "properties": {"label": _TITLE, "value": _TEXT},
    "required": ["label", "value"],
    "additionalProperties": False,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "input_select": _items({"title": _TITLE, "value": _TEXT}, "title", "value"),
    "cards": _items(
        {
            "title": _TITLE,
            "description": _TEXT,
            "media_url": _ADDRESS,
            "actions": {"type": "array", "items": _ACTION, "minItems": 1, "maxItems": MOST_ACTIONS},
        },
        "title",
        "actions",
    ),
    "form": _items(
        {
            "name": _TITLE,
            "label": _TEXT,
            "type": {"enum": ["email", "text", "text_area", "select"]},
            "placeholder": _TEXT,
            "default": _TEXT,
            "required": {"type": ["boolean", "string", "null"]},
            "pattern": _TEXT,
            "title": _TEXT,
            "pattern_error": _TEXT,
            "options": {"type": "array", "items": _OPTION, "maxItems": MOST_ITEMS},
        },
        "name",
        "type",
    ),
    "article": _items({"title": _TITLE, "description": _TEXT, "link": _ADDRESS}, "title", "link"),
    "input_csat": {
        "type": "object",
        "properties": {"display_type": {"enum": ["emoji", "star", None]}},
    },
    "template_params": {
        "type": "object",
        "properties": {
            "name": _TITLE,
            "category": _TEXT,
            "language": _TEXT,
            "namespace": _TEXT,
            "processed_params": {"type": ["object", "null"]},
        },
        "required": ["name"],
        "additionalProperties": False,
    },
    # What visitors answer.
    "answer:input_select": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"title": _TEXT, "value": _TEXT},
            "required": ["value"],
            "additionalProperties": False,
        },
        "minItems": 1,
        "maxItems": MOST_ITEMS,
    },
    "answer:form": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": _TITLE, "value": _TEXT},
            "required": ["name", "value"],
            "additionalProperties": False,
        },
        "minItems": 1,
        "maxItems": MOST_ITEMS,
    },
    "answer:input_csat": {
        "type": "object",
        "properties": {
            "csat_survey_response": {
                "type": "object",
                "properties": {
                    "rating": {"type": "integer", "minimum": 1, "maximum": 5},
                    "feedback_message": _TEXT,
                },
                "required": ["rating"],
                "additionalProperties": False,
            }
        },
        "required": ["csat_survey_response"],
        "additionalProperties": False,
    },
}


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[name])


def check_shape(name: str, value: Any, *, field: str) -> None:
    """Raises Invalid with the place and the reason, in the words of the schema. Kinds without one pass."""
    if name not in SCHEMAS:
        return
    error = best_match(_validator(name).iter_errors(value))
    if error is not None:
        values = {"field": field, "place": _place(error), "reason": _reason(error)}
        raise Invalid(_("%(field)s%(place)s: %(reason)s") % values, attributes=[field])


def _place(error: ValidationError) -> str:
    """As in content_attributes.items[0].actions."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in error.absolute_path)[:200]


def _reason(error: ValidationError) -> str:
    """Without the value, which may be as long as a message."""
    expected: Any = error.validator_value
    if error.validator == "required":
        missing = [one for one in expected if one not in error.instance]
        return _("%(names)s is missing") % {"names": ", ".join(missing)}
    if error.validator == "additionalProperties":
        extra = [str(one)[:50] for one in error.instance if one not in error.schema.get("properties", {})]
        return _("%(names)s is not known here") % {"names": ", ".join(extra[:5])}
    if error.validator == "enum":
        return _("must be one of %(allowed)s") % {"allowed": ", ".join(str(one) for one in expected)}
    if error.validator == "pattern":
        return _("must be an address that begins with https://, http://, mailto: or tel:")
    words = {
        "type": _("is of the wrong type"),
        "minItems": _("must not be empty"),
        "minProperties": _("must not be empty"),
        "minLength": _("must not be blank"),
        "maxItems": _("has too many entries"),
        "maxLength": _("is too long"),
    }
    return words.get(str(error.validator), _("is not valid"))


_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


def safe_html(html: str) -> str:
    """The part of an agent's HTML that may be sent and shown: no script, no style, no frame, no form, no address
    but of the web, mail and telephone."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )


def with_safe_html(attributes: dict[str, Any]) -> dict[str, Any]:
    """content_attributes whose `email.html_content` went through the allow-list."""
    email = attributes.get("email")
    html = email.get("html_content") if isinstance(email, dict) else None
    if not isinstance(email, dict) or not isinstance(html, dict):
        return attributes
    clean = {key: safe_html(value) if isinstance(value, str) else value for key, value in html.items()}
    return {**attributes, "email": {**email, "html_content": clean}}
