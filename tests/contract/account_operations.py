"""Operations below an account: the account, its people, what it keeps at hand, inboxes, rules."""

from __future__ import annotations

from tests.contract import shapes as s
from tests.contract.notation import array, empty, shape
from tests.contract.operation import Operation, resource

_ATTRIBUTES = {
    "attribute_display_name": "Plan",
    "attribute_display_type": "list",
    "attribute_description": "What they pay for",
    "attribute_key": "$unique",
    "attribute_values": ["free", "paid"],
    "attribute_model": "contact_attribute",
}
_RULE = {
    "name": "Urgent words",
    "description": "Somebody is in trouble",
    "event_name": "message_created",
    "active": True,
    "actions": [{"action_name": "add_label", "action_params": ["support"]}],
    "conditions": [
        {
            "attribute_key": "content",
            "filter_operator": "contains",
            "values": ["help"],
            "query_operator": None,
        }
    ],
}
_FILTER = {
    "attribute_key": "status",
    "filter_operator": "equal_to",
    "values": ["open"],
    "query_operator": None,
}
_WEBHOOK = {"url": "https://hooks.shop.test/$unique", "name": "Shop", "subscriptions": ["message_created"]}

ACCOUNT = [
    Operation("GET", "/api/v1/accounts/{account}", s.ACCOUNT),
    Operation("PATCH", "/api/v1/accounts/{account}", s.ACCOUNT, body={"name": "Acme & Co"}, agent=401),
    Operation("GET", "audit_logs", s.AUDIT_LOGS, agent=401, asks="page"),
    *resource(
        "agent_bots",
        "bot",
        s.AGENT_BOT,
        {"name": "Robo", "description": "Answers", "outgoing_url": "https://bot.shop.test/in"},
        agent_writes=401,
    ),
    *resource(
        "agents",
        "agent",
        s.AGENT,
        {"name": "Erin", "email": "$unique@shop.test", "role": "agent", "availability": "online"},
        change={"role": "administrator", "auto_offline": False},
        without=("show",),
        agent_writes=401,
    ),
    *resource(
        "canned_responses",
        "canned",
        s.CANNED,
        {"short_code": "$unique", "content": "Hello {{contact.name}}"},
        without=("show",),
        asks="search",
    ),
    *resource(
        "custom_attribute_definitions",
        "attribute",
        s.ATTRIBUTE_DEFINITION,
        _ATTRIBUTES,
        change={"attribute_display_name": "Tariff"},
        gone=204,
        asks="attribute_model",
    ),
    *resource(
        "custom_filters",
        "filter",  # alice's: everybody has only their own
        s.CUSTOM_FILTER,
        {"name": "Mine", "filter_type": "conversation", "query": {"payload": [_FILTER]}},
        gone=204,
        agent_owned=404,
        asks="filter_type",
    ),
    *resource(
        "webhooks",
        "webhook",
        s.WEBHOOK,
        _WEBHOOK,
        listed=s.WEBHOOKS,
        without=("show",),
        agent_reads=401,
        agent_writes=401,
    ),
    *resource("teams", "team", s.TEAM, {"name": "$unique", "description": "Second line"}, agent_writes=401),
    Operation("GET", "teams/{team}/team_members", array(s.AGENT)),
    Operation("POST", "teams/{team}/team_members", array(s.AGENT), body={"user_ids": ["$erin"]}, agent=401),
    Operation("PATCH", "teams/{team}/team_members", array(s.AGENT), body={"user_ids": ["$erin"]}, agent=401),
    Operation("DELETE", "teams/{team}/team_members", empty, body={"user_ids": ["$bob"]}, agent=401),
    Operation("GET", "/api/v1/profile", s.USER),
]

INBOXES = [
    Operation("GET", "inboxes", s.INBOXES),
    Operation("GET", "inboxes/{inbox}/", s.WEB_INBOX),
    Operation(
        "POST",
        "inboxes/",
        s.WEB_INBOX,
        body={
            "name": "Second shop",
            "greeting_enabled": True,
            "greeting_message": "Welcome",
            "channel": {"type": "web_widget", "website_url": "https://two.test", "widget_color": "#123456"},
        },
        agent=401,
    ),
    Operation(
        "PATCH",
        "inboxes/{inbox}",
        s.WEB_INBOX,
        body={"name": "Renamed", "channel": {"welcome_title": "Hello"}},
        agent=401,
    ),
    Operation("GET", "inboxes/{inbox}/agent_bot", shape("agent_bot?:BOT", BOT=s.AGENT_BOT)),
    Operation("POST", "inboxes/{inbox}/set_agent_bot", empty, body={"agent_bot": "$bot"}, agent=401),
    Operation("GET", "inbox_members/{inbox}", s.MEMBERS),
    Operation(
        "POST", "inbox_members", s.MEMBERS, body={"inbox_id": "$inbox", "user_ids": ["$erin"]}, agent=401
    ),
    Operation(
        "PATCH",
        "inbox_members",
        s.MEMBERS,
        body={"inbox_id": "$inbox", "user_ids": ["$bob", "$erin"]},
        agent=401,
    ),
    Operation("DELETE", "inbox_members", empty, body={"inbox_id": "$inbox", "user_ids": ["$bob"]}, agent=401),
    Operation("GET", "integrations/apps", shape("payload:[APP]", APP=s.INTEGRATION_APP)),
    Operation(
        "POST",
        "integrations/hooks",
        s.HOOK,
        body={
            "app_id": "google_translate",
            "settings": {"project_id": "shop", "credentials": {"type": "service_account"}},
        },
        agent=401,
    ),
    Operation(
        "PATCH", "integrations/hooks/{hook}", s.HOOK, body={"settings": {"api_key": "sk-new"}}, agent=401
    ),
    Operation("DELETE", "integrations/hooks/{hook}", empty, agent=401),
]

AUTOMATION = [
    *resource(
        "automation_rules",
        "rule",
        shape("payload:RULE", RULE=s.RULE),
        _RULE,
        listed=shape("payload:[RULE]", RULE=s.RULE),
        without=("create",),
        agent_reads=401,
        agent_writes=401,
    ),
    Operation("POST", "automation_rules", s.RULE, body=_RULE, agent=401),
]
