"""Operations of the help centre, of reports, of the platform's programs and of API inboxes."""

from __future__ import annotations

import time

from tests.contract import shapes as s
from tests.contract.notation import array, either, empty, shape
from tests.contract.operation import Operation

_PORTAL = {"name": "Help", "slug": "$unique", "color": "#2f5fd7", "header_text": "How can we help?"}

PORTALS = [
    Operation("POST", "portals", s.PORTAL, body=_PORTAL, agent=401),
    Operation("GET", "portals", shape("payload:[P] meta:o", P=s.PORTAL)),
    Operation("PATCH", "portals/{portal}", s.PORTAL, body={"page_title": "Help & answers"}, agent=401),
    Operation(
        "POST",
        "portals/{portal}/categories",
        shape("payload:C", C=s.CATEGORY),
        body={"name": "Orders", "slug": "orders", "locale": "en", "position": 1},
        agent=401,
    ),
    Operation(
        "POST",
        "portals/{portal}/articles",
        shape("payload:A", A=s.ARTICLE),
        body={"title": "Where is my order?", "content": "# Look", "author_id": "$alice", "locale": "en"},
        agent=401,
    ),
]

V2 = "/api/v2/accounts/{account}"
_ASKS = "since until type id timezone_offset group_by business_hours metric"
_NOW = int(time.time())
RANGE = {"since": _NOW - 90 * 86_400, "until": _NOW + 3_600}
REPORTS = [
    Operation(
        "GET",
        "reporting_events",
        shape("payload:[E] meta:o", E=s.REPORTING_EVENT),
        agent=401,
        asks="page since until name",
    ),
    Operation(
        "GET",
        f"{V2}/reports",
        either(s.POINTS, shape("")),  # `{}` for a metric that there is not
        query={"metric": "conversations_count", "type": "account", **RANGE},
        agent=401,
        asks=_ASKS,
    ),
    Operation(
        "GET", f"{V2}/reports/summary", s.SUMMARY, query={"type": "account", **RANGE}, agent=401, asks=_ASKS
    ),
    Operation(
        "GET",
        f"{V2}/reports/conversations",
        s.METRICS,
        query={"type": "account"},
        agent=401,
        asks="type page",
    ),
    Operation(
        "GET",
        f"{V2}/reports/conversations/",
        s.AGENT_METRICS,
        query={"type": "agent"},
        agent=401,
        asks="type page",
    ),
    Operation("GET", f"{V2}/summary_reports/channel", s.CHANNELS, query=RANGE, agent=401, asks="since until"),
]

PLATFORM = [
    Operation(
        "POST", "/platform/api/v1/accounts", s.PLATFORM_ACCOUNT, body={"name": "Initech"}, door="platform"
    ),
    Operation("GET", "/platform/api/v1/accounts/{p_account}", s.PLATFORM_ACCOUNT, door="platform"),
    Operation(
        "PATCH",
        "/platform/api/v1/accounts/{p_account}",
        s.PLATFORM_ACCOUNT,
        body={"name": "Initrode", "status": "suspended"},
        door="platform",
    ),
    Operation("DELETE", "/platform/api/v1/accounts/{p_account}", empty, door="platform"),
    Operation(
        "GET",
        "/platform/api/v1/accounts/{p_account}/account_users",
        array(s.RAW_MEMBERSHIP),
        door="platform",
    ),
    Operation(
        "POST",
        "/platform/api/v1/accounts/{p_account}/account_users",
        s.RAW_MEMBERSHIP,
        body={"user_id": "$p_user", "role": "administrator"},
        door="platform",
    ),
    Operation(
        "DELETE",
        "/platform/api/v1/accounts/{p_account}/account_users",
        empty,
        body={"user_id": "$p_member"},
        door="platform",
    ),
    Operation("GET", "/platform/api/v1/agent_bots", array(s.PLATFORM_BOT), door="platform"),
    Operation(
        "POST",
        "/platform/api/v1/agent_bots",
        s.PLATFORM_BOT,
        body={"name": "Robo", "outgoing_url": "https://bot.shop.test/in", "account_id": "$p_account"},
        door="platform",
    ),
    Operation("GET", "/platform/api/v1/agent_bots/{p_bot}", s.PLATFORM_BOT, door="platform"),
    Operation(
        "PATCH",
        "/platform/api/v1/agent_bots/{p_bot}",
        s.PLATFORM_BOT,
        body={"name": "Robo 2"},
        door="platform",
    ),
    Operation("DELETE", "/platform/api/v1/agent_bots/{p_bot}", empty, door="platform"),
    Operation(
        "POST",
        "/platform/api/v1/users",
        s.USER,
        body={"name": "Pia", "email": "$unique@initech.test", "password": "Correct-horse-9"},
        door="platform",
    ),
    Operation("GET", "/platform/api/v1/users/{p_user}", s.USER, door="platform"),
    Operation("PATCH", "/platform/api/v1/users/{p_user}", s.USER, body={"name": "Pia P."}, door="platform"),
    Operation("DELETE", "/platform/api/v1/users/{p_user}", empty, door="platform"),
    Operation("GET", "/platform/api/v1/users/{p_user}/login", s.LOGIN_LINK, door="platform"),
]

_PUBLIC = "/public/api/v1/inboxes/{identifier}"
_SESSION = f"{_PUBLIC}/contacts/{{source}}"
_TALK = f"{_SESSION}/conversations/{{public_talk}}"
PUBLIC = [
    Operation("GET", _PUBLIC, s.PUBLIC_INBOX, door="public"),
    Operation(
        "POST",
        f"{_PUBLIC}/contacts",
        s.PUBLIC_CONTACT,
        body={"name": "Vera", "email": "$unique@customer.test", "custom_attributes": {"plan": "free"}},
        door="public",
    ),
    Operation("GET", _SESSION, s.PUBLIC_CONTACT, door="public"),
    Operation("PATCH", _SESSION, s.RAW_CONTACT, body={"name": "Vera V."}, door="public"),
    Operation(
        "POST",
        f"{_SESSION}/conversations",
        s.PUBLIC_CONVERSATION,
        body={"custom_attributes": {"order": "A-1"}},
        door="public",
    ),
    Operation("GET", f"{_SESSION}/conversations", array(s.PUBLIC_CONVERSATION), door="public"),
    Operation("GET", _TALK, s.PUBLIC_CONVERSATION, door="public"),
    Operation("POST", f"{_TALK}/toggle_status", s.PUBLIC_CONVERSATION, body={}, door="public"),
    Operation("POST", f"{_TALK}/toggle_typing", empty, body={"typing_status": "on"}, door="public"),
    Operation("POST", f"{_TALK}/update_last_seen", empty, body={}, door="public"),
    Operation(
        "POST",
        f"{_TALK}/messages",
        s.PUBLIC_MESSAGE,
        body={"content": "Where is it?", "echo_id": "$unique"},
        door="public",
    ),
    Operation("GET", f"{_TALK}/messages", array(s.PUBLIC_MESSAGE), door="public", asks="before"),
    Operation(
        "PATCH",
        f"{_TALK}/messages/{{public_question}}",
        s.PUBLIC_MESSAGE,
        body={"submitted_values": [{"title": "Blue", "value": "blue"}]},
        door="public",
    ),
    Operation("GET", "/survey/responses/{survey}", empty, door="page"),
]
