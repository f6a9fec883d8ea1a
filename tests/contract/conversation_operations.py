"""Operations on contacts and conversations."""

from __future__ import annotations

from tests.contract import shapes as s
from tests.contract.notation import array, empty, shape
from tests.contract.operation import Operation

_FILTER = {
    "attribute_key": "status",
    "filter_operator": "equal_to",
    "values": ["open"],
    "query_operator": None,
}

_LIST = "page sort labels[] include_contact_inboxes"
_FINDER = (
    "page status assignee_type inbox_id team_id labels[] source_id q conversation_type sort_by updated_within"
)

CONTACTS = [
    Operation("GET", "contacts", s.CONTACTS, query={"sort": "-last_activity_at"}, asks=_LIST),
    Operation(
        "POST",
        "contacts",
        s.CONTACT_CREATED,
        body={
            "inbox_id": "$api_inbox",
            "name": "Wei 王伟",
            "email": "$unique@customer.test",
            "identifier": "$unique",
            "custom_attributes": {"plan": "paid"},
        },
    ),
    Operation("GET", "contacts/{contact}", s.CONTACT_PAYLOAD),
    Operation(
        "PUT",
        "contacts/{contact}",
        s.CONTACT_PAYLOAD,
        body={"name": "Vera V.", "custom_attributes": {"plan": "free"}},
    ),
    Operation("DELETE", "contacts/{contact}", empty, agent=401),
    Operation("GET", "contacts/{contact}/conversations", s.CONVERSATIONS_OF),
    Operation("GET", "contacts/{contact}/labels", s.LABELS_OF),
    Operation("POST", "contacts/{contact}/labels", s.LABELS_OF, body={"labels": ["vip"]}),
    Operation("GET", "contacts/search", s.CONTACTS, query={"q": "wei"}, asks=f"{_LIST} q"),
    Operation(
        "POST",
        "contacts/filter",
        s.CONTACTS,
        body={
            "payload": [
                {
                    "attribute_key": "name",
                    "filter_operator": "contains",
                    "values": ["wei"],
                    "query_operator": None,
                }
            ]
        },
    ),
    Operation("POST", "contacts/{contact}/contact_inboxes", s.CONTACT_INBOX, body={"inbox_id": "$api_inbox"}),
    Operation("GET", "contacts/{contact}/contactable_inboxes", s.CONTACTABLE),
    Operation(
        "POST",
        "actions/contact_merge",
        s.CONTACT_BARE,
        body={"base_contact_id": "$contact", "mergee_contact_id": "$other_contact"},
    ),
]

CONVERSATIONS = [
    Operation(
        "GET", "conversations/meta", shape("meta:M", M=s.COUNTS), query={"status": "all"}, asks=_FINDER
    ),
    Operation("GET", "conversations", s.CONVERSATION_LIST, query={"status": "all"}, asks=_FINDER),
    Operation(
        "POST",
        "conversations",
        s.CONVERSATION,
        body={
            "inbox_id": "$api_inbox",
            "contact_id": "$contact",
            "status": "open",
            "message": {"content": "Your order has left us"},
        },
        bot=200,
    ),
    Operation("POST", "conversations/filter", s.FILTERED_CONVERSATIONS, body={"payload": [_FILTER]}),
    Operation("GET", "conversations/{talk}", s.CONVERSATION),
    Operation("PATCH", "conversations/{talk}", s.CONVERSATION, body={"priority": "high"}, bot=200),
    Operation(
        "POST", "conversations/{talk}/toggle_status", s.STATUS_TOGGLED, body={"status": "pending"}, bot=200
    ),
    Operation("POST", "conversations/{talk}/toggle_priority", empty, body={"priority": "urgent"}, bot=200),
    Operation(
        "POST",
        "conversations/{talk}/custom_attributes",
        shape("custom_attributes:o"),
        body={"custom_attributes": {"order": "A-1"}},
        bot=200,
    ),
    Operation("POST", "conversations/{talk}/assignments", s.ASSIGNED, body={"assignee_id": "$bob"}, bot=200),
    Operation("GET", "conversations/{talk}/labels", s.LABELS_OF),
    Operation("POST", "conversations/{talk}/labels", s.LABELS_OF, body={"labels": ["billing"]}),
    Operation("GET", "conversations/{talk}/reporting_events", array(s.REPORTING_EVENT)),
    Operation(
        "GET", "conversations/{talk}/messages", s.MESSAGES, asks="before after filter_internal_messages"
    ),
    Operation("POST", "conversations/{talk}/messages", s.MESSAGE, body={"content": "On its way"}, bot=200),
    Operation("DELETE", "conversations/{talk}/messages/{message}", s.MESSAGE),
    # The file has this a second time, without its base: the same operation (contract, section 6).
    Operation(
        "GET",
        "conversations/{talk}/messages",
        s.MESSAGES,
        query={"before": 1_000_000_000},
        asks="before after",
    ),
]
