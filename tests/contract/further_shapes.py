"""The shapes of the contract for what the OpenAPI file does not have."""

from __future__ import annotations

from tests.contract import shapes as s
from tests.contract.notation import array, either, nullable, shape

CACHE_KEYS = shape("cache_keys:KEYS", KEYS=shape("label:s inbox:s team:s"))
ACTIVE_CONTACTS = s.CONTACTS
MACRO = shape(
    "id:i name:s visibility:personal|global created_by?:AGENT updated_by?:AGENT account_id:i actions:[o] files?:[o]",
    AGENT=s.AGENT,
)
MACRO_PAYLOAD = shape("payload:MACRO", MACRO=MACRO)
MACROS = shape("payload:[MACRO]", MACRO=MACRO)
DASHBOARD_APP = shape("id:i title:s content:[FRAME] created_at:iso", FRAME=shape("type:frame url:s"))
DRAFT = either(shape("has_draft:b"), shape("has_draft:b message:s"))
ATTACHMENTS = shape(
    "meta:META payload:[ITEM]",
    META=shape("total_count:i"),
    ITEM=shape(
        "message_id:i thumb_url:s data_url:s file_size:i file_type:s extension:s? width:i? height:i? created_at:ts "
        "sender?:SENDER",
        SENDER=s.SENDER,
    ),
)
NOTE = shape(
    "id:i content:s account_id:any? contact_id:any? user?:AGENT created_at:ts updated_at:ts", AGENT=s.AGENT
)
NOTIFICATION = shape(
    "id:i notification_type:s push_message_title:s push_message_body:s? primary_actor_type:s primary_actor_id:i "
    "primary_actor:o read_at:iso? secondary_actor?:any user?:o created_at:ts last_activity_at:ts snoozed_until:iso? "
    "meta:o account_id?:i"
)
NOTIFICATIONS = shape(
    "data:DATA",
    DATA=shape(
        "meta:META payload:[ITEM]",
        META=shape("unread_count:i count:i current_page:any"),
        ITEM=NOTIFICATION,
    ),
)
RAW_NOTIFICATION = shape(
    "id:i account_id:i user_id:i notification_type:s primary_actor_type:s primary_actor_id:i secondary_actor_type:s? "
    "secondary_actor_id:i? read_at:iso? created_at:iso updated_at:iso snoozed_until:iso? last_activity_at:iso meta:o"
)
NOTIFICATION_SETTINGS = shape(
    "id:i user_id:i account_id:i all_email_flags:[s] selected_email_flags:[s] all_push_flags:[s] "
    "selected_push_flags:[s]"
)
ASSIGNABLE = shape("payload:[AGENT]", AGENT=s.AGENT)
BLOB = shape(
    "id:i key:s filename:s content_type:s metadata:o service_name:s byte_size:i checksum:s created_at:iso "
    "signed_id:s direct_upload:UPLOAD attachable_sgid?:s",
    UPLOAD=shape("url:s headers:o"),
)
UPLOADED = shape("file_url:s blob_id:s")
BOT_SUMMARY = shape(
    "bot_resolutions_count:i bot_handoffs_count:i previous:BEFORE",
    BEFORE=shape("bot_resolutions_count:i bot_handoffs_count:i"),
)
BOT_METRICS = shape("conversation_count:i message_count:i resolution_rate:i handoff_rate:i")
GROUPED = array(shape("open:i unattended:i unassigned:i team_id?:i? assignee_id?:i?"))
SUMMARY_ROW = (
    "id:i conversations_count:i resolved_conversations_count:i avg_resolution_time:f? avg_first_response_time:f? "
    "avg_reply_time:f?"
)
SUMMARY_ROWS = array(shape(SUMMARY_ROW))
LABEL_ROWS = array(shape(SUMMARY_ROW + " name:s"))
_FOUND = {
    "conversations": array(
        shape(
            "id:i account_id:i created_at:ts message?:any contact?:o inbox:o agent?:o additional_attributes?:o"
        )
    ),
    "contacts": array(
        shape(
            "email:s? id:i name:s phone_number:s? identifier:s? additional_attributes:o last_activity_at:ts?"
        )
    ),
    "messages": array(
        shape(
            "id:i content:s? inbox_id:i echo_id?:s conversation_id:i message_type:i content_type:s status:s "
            "content_attributes:o created_at:ts private:b source_id:s? sender?:any attachments?:any "
            "inbox?:any agent?:any"
        )
    ),
    "articles": array(shape("id:i title:s locale:s content:s? slug:s portal_slug:s account_id:i status:s "
                            "category_name:s? updated_at:ts")),
}  # fmt: skip
FOUND = shape("payload:P", P=shape(" ".join(f"{key}:{key.upper()}" for key in _FOUND),
                                   **{key.upper(): check for key, check in _FOUND.items()}))  # fmt: skip
FOUND_ONE = {key: shape("payload:P", P=shape(f"{key}:K", K=check)) for key, check in _FOUND.items()}
PLATFORM_TOKEN = shape(
    "access_token:s expiry:any? user:PERSON",
    PERSON=shape("id:i name:s display_name:s? email:s pubsub_token:s"),
)

WIDGET_CONFIG = shape(
    "website_channel_config:CONFIG contact:CONTACT global_config:o",
    CONFIG=shape(
        "allow_messages_after_resolved:b api_host:s auth_token:s avatar_url:s csat_survey_enabled:b disable_branding:b "
        "enabled_features:[s] enabled_languages:[o] locale:s out_of_office_message:s? portal?:any "
        "pre_chat_form_enabled:b pre_chat_form_options:o reply_time:s timezone:s utc_off_set:s website_name:s "
        "website_token:s welcome_tagline:s? welcome_title:s? widget_color:s working_hours:[o] working_hours_enabled:b"
    ),
    CONTACT=shape("email:s? id:i identifier:s? name:s phone_number:s? pubsub_token:s"),
)
_STATUSES = "status:open|resolved|pending|snoozed"
WIDGET_CONVERSATION = either(shape(""), shape(f"id:i inbox_id:i contact_last_seen_at:ts {_STATUSES}"))
WIDGET_OPENED = shape(
    f"id:i inbox_id:i contact_last_seen_at:ts {_STATUSES} messages:[o] custom_attributes:o contact:o"
)
_SEEN = shape("contact_last_seen_at?:ts? agent_last_seen_at?:ts? status?:s")
WIDGET_MESSAGES = shape(
    "payload:[MESSAGE] meta?:META",
    MESSAGE=s.PUBLIC_MESSAGE,
    META=shape("contact_last_seen_at?:ts? agent_last_seen_at?:ts? status?:s"),
)
WIDGET_WRITTEN = shape(
    "id:i content:s? message_type:i content_attributes:o created_at:ts conversation_id:i inbox_id:i private:b "
    "source_id:s? content_type?:s echo_id?:s attachments?:any sender?:any"
)
WIDGET_CONTACT = shape("id:i has_email:b has_name:b has_phone_number:b identifier?:s? widget_auth_token?:s")
WIDGET_MEMBERS = shape(
    "payload:[M]", M=shape("id:i name:s avatar_url:s availability_status:online|offline|busy")
)
NOTHING = nullable(shape(""))
