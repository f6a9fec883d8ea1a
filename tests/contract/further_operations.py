"""Operations that clients use and the OpenAPI file does not have (contract, 3.6, 4.3 and 5.1 to 5.4)."""

from __future__ import annotations

from tests.contract import further_shapes as f
from tests.contract import shapes as s
from tests.contract.notation import anything, array, empty, shape
from tests.contract.operation import Operation, resource
from tests.contract.operations import OPERATIONS
from tests.contract.outer_operations import RANGE, V2

_DOES = {"actions": [{"action_name": "resolve_conversation", "action_params": []}]}
_APP = {"title": "Orders", "content": [{"type": "frame", "url": "https://orders.test"}]}
_TALK = "conversations/{talk}"
_NOTES = "contacts/{contact}/notes"

ACCOUNT = [
    Operation("POST", "/api/v1/accounts/{account}/update_active_at", empty, body={}),
    Operation("GET", "/api/v1/accounts/{account}/cache_keys", f.CACHE_KEYS),
    Operation("POST", "agents/bulk_create", empty, body={"emails": ["$unique@shop.test"]}, agent=401),
    Operation("DELETE", "agent_bots/{bot}/avatar", s.AGENT_BOT, agent=401),
    Operation("POST", "agent_bots/{bot}/reset_access_token", s.AGENT_BOT, body={}, agent=401),
    Operation("POST", "automation_rules/{rule}/clone", shape("payload:R", R=s.RULE), body={}, agent=401),
    *resource("macros", "macro", f.MACRO_PAYLOAD, {"name": "Done", "visibility": "global", **_DOES},
              listed=f.MACROS, agent_changes=401, agent_deletes=401),
    Operation("POST", "macros/{macro}/execute", empty, body={"conversation_ids": ["$talk"]}),
    *resource("dashboard_apps", "app", f.DASHBOARD_APP, _APP, gone=204),
    *resource("labels", "label", s.LABEL, {"title": "$unique", "color": "#123456"},
              listed=shape("payload:[L]", L=s.LABEL), agent_writes=401, agent_shows=401),
    Operation("GET", "notification_settings", f.NOTIFICATION_SETTINGS),
    Operation("PATCH", "notification_settings", f.NOTIFICATION_SETTINGS,
              body={"notification_settings": {"selected_email_flags": ["email_conversation_assignment"],
                                              "selected_push_flags": []}}),
    Operation("GET", "assignable_agents", f.ASSIGNABLE, query={"inbox_ids[]": "$inbox"}),
    Operation("GET", "inboxes/{inbox}/assignable_agents", f.ASSIGNABLE),
    Operation("DELETE", "inboxes/{inbox}/avatar", empty, agent=401),
    Operation("DELETE", "inboxes/{inbox}", shape("message:s"), agent=401),
    Operation("GET", "integrations/apps/openai", s.INTEGRATION_APP),
]  # fmt: skip

NOTIFICATIONS = [
    Operation("GET", "notifications", f.NOTIFICATIONS),
    Operation("GET", "notifications/unread_count", anything),
    Operation("POST", "notifications/read_all", empty, body={}),
    Operation("POST", "notifications/destroy_all", empty, body={"type": "read"}),
    Operation("PATCH", "notifications/{notification}", f.RAW_NOTIFICATION, body={}, agent=404),
    Operation("POST", "notifications/{notification}/unread", f.RAW_NOTIFICATION, body={}, agent=404),
    Operation("POST", "notifications/{notification}/snooze", f.RAW_NOTIFICATION,
              body={"snoozed_until": 1_900_000_000}, agent=404),
    Operation("DELETE", "notifications/{notification}", empty, agent=404),
]  # fmt: skip

CONTACTS = [
    Operation("POST", "contact_inboxes/filter", s.CONTACT,
              body={"inbox_id": "$api_inbox", "source_id": "$source"}),
    Operation("GET", "contacts/active", s.CONTACTS),
    Operation("POST", "contacts/{contact}/destroy_custom_attributes", s.CONTACT_PAYLOAD,
              body={"custom_attributes": ["plan"]}),
    Operation("DELETE", "contacts/{contact}/avatar", s.CONTACT_PAYLOAD),
    Operation("POST", "contacts/export", empty, body={"column_names": ["name", "email"]}, agent=401),
    Operation("GET", _NOTES, array(f.NOTE)),
    Operation("POST", _NOTES, f.NOTE, body={"content": "Rang twice"}),
    Operation("GET", f"{_NOTES}/{{note}}", f.NOTE),
    Operation("PATCH", f"{_NOTES}/{{note}}", f.NOTE, body={"content": "Rang three times"}),
    Operation("DELETE", f"{_NOTES}/{{note}}", empty, agent=401),
]  # fmt: skip

_BULK = {"type": "Conversation", "ids": ["$talk"], "fields": {"status": "resolved"}}
CONVERSATIONS = [
    Operation("POST", "bulk_actions", empty, body=_BULK),
    Operation("DELETE", _TALK, empty, agent=401),
    Operation("GET", f"{_TALK}/participants", array(s.AGENT)),
    Operation("POST", f"{_TALK}/participants", array(s.AGENT), body={"user_ids": ["$bob"]}),
    Operation("PATCH", f"{_TALK}/participants", array(s.AGENT), body={"user_ids": ["$bob"]}),
    Operation("DELETE", f"{_TALK}/participants", empty, body={"user_ids": ["$bob"]}),
    Operation("POST", f"{_TALK}/direct_uploads", f.BLOB, body={"blob": {
        "filename": "a.png", "byte_size": 4, "checksum": "CY9rzUYh03PK3k6DJie09g==", "content_type": "image/png"}}),
    Operation("GET", f"{_TALK}/draft_messages", f.DRAFT),
    Operation("PATCH", f"{_TALK}/draft_messages", anything, body={"draft_message": {"message": "Dear"}}),
    Operation("DELETE", f"{_TALK}/draft_messages", anything),
    Operation("POST", f"{_TALK}/mute", empty, body={}),
    Operation("POST", f"{_TALK}/unmute", empty, body={}),
    Operation("POST", f"{_TALK}/transcript", empty, body={"email": "vera@customer.test"}),
    Operation("POST", f"{_TALK}/toggle_typing_status", empty, body={"typing_status": "on"}),
    Operation("POST", f"{_TALK}/update_last_seen", s.CONVERSATION, body={}),
    Operation("POST", f"{_TALK}/unread", s.CONVERSATION, body={}),
    Operation("GET", f"{_TALK}/attachments", f.ATTACHMENTS),
    Operation("PATCH", "conversations/{public_talk}/messages/{public_question}", s.MESSAGE,
              body={"status": "delivered"}),
    Operation("POST", f"{_TALK}/messages/{{message}}/retry", s.MESSAGE, body={}),
    Operation("GET", "search", f.FOUND, query={"q": "parcel"}),
    *[Operation("GET", f"search/{kind}", check, query={"q": "parcel"}) for kind, check in f.FOUND_ONE.items()],
]  # fmt: skip

REPORTS = [
    Operation("GET", f"{V2}/reports/bot_summary", f.BOT_SUMMARY, query={"type": "account", **RANGE}, agent=401),
    Operation("GET", f"{V2}/reports/bot_metrics", f.BOT_METRICS, query=RANGE, agent=401),
    Operation("GET", f"{V2}/live_reports/conversation_metrics", s.METRICS, agent=401),
    Operation("GET", f"{V2}/live_reports/grouped_conversation_metrics", f.GROUPED, query={"group_by": "team_id"},
              agent=401),
    *[Operation("GET", f"{V2}/summary_reports/{kind}", f.SUMMARY_ROWS, query=RANGE, agent=401)
      for kind in ("agent", "inbox", "team")],
    Operation("GET", f"{V2}/summary_reports/label", f.LABEL_ROWS, query=RANGE, agent=401),
    *[Operation("GET", f"{V2}/reports/{table}", anything, query=RANGE, agent=401, is_file=True)
      for table in ("agents", "inboxes", "labels", "teams", "conversations_summary", "conversation_traffic")],
]  # fmt: skip

PERSON = [
    Operation("PATCH", "/api/v1/profile", s.USER, body={"profile": {"display_name": "Al"}}),
    Operation("DELETE", "/api/v1/profile/avatar", s.USER),
    Operation("POST", "/api/v1/profile/availability", s.USER,
              body={"profile": {"account_id": "$account", "availability": "busy"}}, foreign=404),
    Operation("POST", "/api/v1/profile/auto_offline", s.USER,
              body={"profile": {"account_id": "$account", "auto_offline": False}}, foreign=404),
    Operation("PUT", "/api/v1/profile/set_active_account", empty, body={"profile": {"account_id": "$account"}},
              foreign=404),
    Operation("POST", "/api/v1/profile/reset_access_token", s.USER, body={}),
]  # fmt: skip

PLATFORM = [
    Operation("GET", "/platform/api/v1/accounts", array(s.PLATFORM_ACCOUNT), door="platform"),
    Operation("POST", "/platform/api/v1/users/{p_user}/token", f.PLATFORM_TOKEN, body={}, door="platform"),
    Operation("DELETE", "/platform/api/v1/agent_bots/{p_bot}/avatar", s.PLATFORM_BOT, door="platform"),
]

_W = "/api/v1/widget"
WIDGET = [
    Operation("POST", f"{_W}/config", f.WIDGET_CONFIG, body={}, door="widget"),
    Operation("GET", f"{_W}/conversations", f.WIDGET_CONVERSATION, door="widget"),
    Operation("POST", f"{_W}/conversations", f.WIDGET_OPENED, body={"message": {"content": "Hi"}}, door="widget"),
    Operation("POST", f"{_W}/conversations/update_last_seen", shape(""), body={}, door="widget"),
    Operation("POST", f"{_W}/conversations/toggle_typing", empty, body={"typing_status": "on"}, door="widget"),
    Operation("POST", f"{_W}/conversations/transcript", anything, body={"email": "vera@customer.test"}, door="widget"),
    Operation("POST", f"{_W}/conversations/set_custom_attributes", empty, body={"custom_attributes": {"a": 1}},
              status=204, door="widget"),
    Operation("POST", f"{_W}/conversations/destroy_custom_attributes", anything, body={"custom_attribute": ["a"]},
              door="widget"),
    Operation("GET", f"{_W}/conversations/toggle_status", shape(""), door="widget"),
    Operation("GET", f"{_W}/messages", f.WIDGET_MESSAGES, door="widget"),
    Operation("POST", f"{_W}/messages", f.WIDGET_WRITTEN, body={"message": {"content": "Hi"}}, door="widget"),
    Operation("GET", f"{_W}/contact", f.WIDGET_CONTACT, door="widget"),
    Operation("PATCH", f"{_W}/contact", f.WIDGET_CONTACT, body={"name": "Vera V."}, door="widget"),
    Operation("PATCH", f"{_W}/contact/set_user", f.WIDGET_CONTACT, body={"identifier": "$unique"}, door="widget"),
    Operation("POST", f"{_W}/contact/destroy_custom_attributes", anything, body={"custom_attributes": ["a"]},
              door="widget"),
    Operation("POST", f"{_W}/events", empty, body={"name": "webwidget.triggered", "event_info": {}}, status=204,
              door="widget"),
    Operation("GET", f"{_W}/campaigns", array(anything), door="widget"),
    Operation("GET", f"{_W}/inbox_members", f.WIDGET_MEMBERS, door="widget"),
    Operation("POST", f"{_W}/labels", empty, body={"label": "$label_title"}, status=204, door="widget"),
    Operation("DELETE", f"{_W}/labels/{{label_title}}", empty, status=204, door="widget"),
]  # fmt: skip

# Every update takes PUT as well as PATCH (contract, 1.1), but for the members of teams and inboxes.
_NO_TWIN = ("team_members", "inbox_members", "participants", "widget", "draft_messages")
_WRITTEN = ACCOUNT + NOTIFICATIONS + CONTACTS + CONVERSATIONS + REPORTS + PERSON + PLATFORM + WIDGET
TWINS = [
    one.but(method="PUT")
    for one in OPERATIONS + _WRITTEN
    if one.method == "PATCH" and not any(word in one.path for word in _NO_TWIN)
]
FURTHER = _WRITTEN + TWINS
