"""The shapes of the contract, section 3. A nullable key is always there; `?:` is absent when there is nothing."""

from __future__ import annotations

from tests.contract.notation import array, either, kind_of, mapping, nullable, shape

SLIM_INBOX = shape("id:i avatar_url:s channel_id:i name:s channel_type:s provider:any?")
CONTACT_INBOX = shape("source_id:s inbox:INBOX", INBOX=SLIM_INBOX)
_CONTACT = (
    "additional_attributes:o availability_status:online|offline email:s? id:i name:s phone_number:s? blocked:b "
    "identifier:s? thumbnail:s custom_attributes:o last_activity_at?:ts created_at?:ts"
)
CONTACT_BARE = shape(_CONTACT)
CONTACT = shape(_CONTACT + " contact_inboxes?:[SESSION]", SESSION=CONTACT_INBOX)
AGENT = shape(
    "id:i account_id:i availability_status:online|offline|busy auto_offline:b confirmed:b email:s provider:s "
    "available_name:s custom_attributes?:o name:s role:agent|administrator thumbnail:s custom_role_id?:i?"
)
TEAM = shape("id:i name:s description:s? allow_auto_assign:b account_id:i is_member:b")
AGENT_BOT = shape(
    "id:i name:s description:s? thumbnail:s outgoing_url?:s? bot_type:webhook bot_config:o account_id:i? "
    "access_token?:s system_bot:b"
)
SLIM_BOT = shape("id:i name:s description:s? thumbnail:s outgoing_url?:s? bot_type:webhook")
CONTACT_PUSH = shape(
    "additional_attributes:o custom_attributes:o email:s? id:i identifier:s? name:s phone_number:s? thumbnail:s "
    "blocked:b type:contact"
)
USER_PUSH = shape(
    "id:i name:s available_name:s avatar_url:s type:user availability_status:online|offline|busy thumbnail:s"
)
BOT_PUSH = shape("id:i name:s avatar_url:s type:agent_bot")
SENDER = either(CONTACT_PUSH, BOT_PUSH, USER_PUSH)
ATTACHMENT = either(
    shape(
        "id:i message_id:i file_type:image|video|file|share|audio account_id:i extension:s? data_url:s thumb_url:s "
        "file_size:i width:i? height:i? transcribed_text?:s"
    ),
    shape(
        "id:i message_id:i file_type:location account_id:i coordinates_lat:f coordinates_long:f fallback_title:s? "
        "data_url:s?"
    ),
)
_CONTENT_TYPES = (
    "text|input_text|input_textarea|input_email|input_select|cards|form|article|incoming_email|input_csat|"
    "integrations|sticker|voice_call"
)
MESSAGE = shape(
    "id:i content:s? inbox_id:i echo_id?:s conversation_id:i message_type:i "
    f"content_type:{_CONTENT_TYPES} status:sent|delivered|read|failed content_attributes:o created_at:ts "
    "private:b source_id:s? sender?:SENDER attachments?:[ATTACHMENT]",
    SENDER=SENDER,
    ATTACHMENT=ATTACHMENT,
)
PUSH_MESSAGE = shape(
    "id:i content:s? account_id:i inbox_id:i conversation_id:i message_type:i created_at:ts updated_at:iso private:b "
    f"status:sent|delivered|read|failed source_id:s? content_type:{_CONTENT_TYPES} content_attributes:o "
    "sender_type:s? sender_id:i? external_source_ids:o additional_attributes:o processed_message_content:s? "
    "sentiment:o conversation:TALK echo_id?:s attachments?:[ATTACHMENT] sender?:SENDER",
    SENDER=SENDER,
    ATTACHMENT=ATTACHMENT,
    TALK=shape(
        "assignee_id:i? unread_count:i last_activity_at:ts contact_inbox:SESSION",
        SESSION=shape("source_id:s"),
    ),
)
CONVERSATION = shape(
    "meta:META id:i messages:[MESSAGE] account_id:i uuid:s additional_attributes:o agent_last_seen_at:ts "
    "assignee_last_seen_at:ts can_reply:b contact_last_seen_at:ts custom_attributes:o inbox_id:i labels:[s] muted:b "
    "snoozed_until:iso? status:open|resolved|pending|snoozed created_at:ts updated_at:tsf timestamp:ts "
    "first_reply_created_at:ts unread_count:i last_non_activity_message:MESSAGE? last_activity_at:ts "
    "priority:low|medium|high|urgent? waiting_since:ts sla_policy_id:i? applied_sla?:o sla_events?:[o]",
    META=shape(
        "sender:CONTACT channel:s assignee?:ASSIGNEE assignee_type?:s team?:TEAM hmac_verified:b?",
        CONTACT=CONTACT_BARE,
        ASSIGNEE=either(SLIM_BOT, AGENT),
        TEAM=TEAM,
    ),
    MESSAGE=PUSH_MESSAGE,
)
COUNTS = shape("mine_count:i assigned_count:i unassigned_count:i all_count:i")
FILTER_COUNTS = shape("mine_count:i unassigned_count:i all_count:i")
CONVERSATION_LIST = shape("data:DATA", DATA=shape("meta:META payload:[ITEM]", META=COUNTS, ITEM=CONVERSATION))
FILTERED_CONVERSATIONS = shape("meta:META payload:[ITEM]", META=FILTER_COUNTS, ITEM=CONVERSATION)
MESSAGES = shape(
    "meta:META payload:[ITEM]",
    META=shape(
        "labels:[s] additional_attributes:o contact:CONTACT assignee?:USER agent_last_seen_at:iso? "
        "assignee_last_seen_at:iso?",
        CONTACT=CONTACT_PUSH,
        USER=USER_PUSH,
    ),
    ITEM=MESSAGE,
)
STATUS_TOGGLED = shape(
    "payload:P",
    P=shape("success:b? conversation_id:i current_status:open|resolved|pending|snoozed snoozed_until:any?"),
)
RAW_TEAM = shape("id:i name:s description:s? allow_auto_assign:b account_id:i created_at:iso updated_at:iso")
ASSIGNED = nullable(either(RAW_TEAM, SLIM_BOT, AGENT))

# `current_page`: a number when the client did not name one, else what it sent.
PAGE_META = shape("count:i? current_page:PAGE", PAGE=either(kind_of("i", {}), kind_of("s", {})))
CONTACTS = shape("meta:META payload:[ITEM]", META=PAGE_META, ITEM=CONTACT)
CONTACT_PAYLOAD = shape("payload:CONTACT", CONTACT=CONTACT)
CONTACT_CREATED = shape(
    "payload:P",
    P=shape("contact:CONTACT contact_inbox:SESSION", CONTACT=CONTACT, SESSION=shape("inbox:o? source_id:s?")),
)
CONTACTABLE = shape("payload:[ITEM]", ITEM=shape("inbox:INBOX source_id:s", INBOX=SLIM_INBOX))
CONVERSATIONS_OF = shape("payload:[ITEM]", ITEM=CONVERSATION)
LABELS_OF = shape("payload:[s]")

WORKING_HOUR = shape(
    "day_of_week:i closed_all_day:b open_hour:i? open_minutes:i? close_hour:i? close_minutes:i? open_all_day:b"
)
_INBOX = (
    "id:i avatar_url:s channel_id:i name:s channel_type:s greeting_enabled:b greeting_message:s? "
    "working_hours_enabled:b enable_email_collect:b csat_survey_enabled:b csat_config:o enable_auto_assignment:b "
    "auto_assignment_config:o out_of_office_message:s? working_hours:[HOUR] timezone:s callback_webhook_url:s? "
    "allow_messages_after_resolved:b lock_to_single_conversation:b sender_name_type:friendly|professional "
    "business_name:s? help_center?:o allowed_domains:s? widget_color:s? website_url:s? hmac_mandatory:b? "
    "welcome_title:s? welcome_tagline:s? web_widget_script:s? website_token:s? selected_feature_flags:[s]? "
    "reply_time:s? messaging_service_sid:s? phone_number:s? provider:s? "
)
WEB_INBOX = shape(
    _INBOX + "hmac_token?:s pre_chat_form_enabled:b pre_chat_form_options:o continuity_via_email:b",
    HOUR=WORKING_HOUR,
)
API_INBOX = shape(
    _INBOX + "hmac_token?:s webhook_url:s? inbox_identifier:s additional_attributes:o", HOUR=WORKING_HOUR
)
INBOX = either(API_INBOX, WEB_INBOX)
INBOXES = shape("payload:[INBOX]", INBOX=INBOX)
MEMBERS = shape("payload:[AGENT]", AGENT=AGENT)

USER = shape(
    "access_token:s account_id:i? available_name:s avatar_url:s confirmed:b display_name:s? message_signature:s? "
    "email:s hmac_identifier?:s id:i inviter_id:i? name:s provider:s pubsub_token:s custom_attributes?:o role:s? "
    "ui_settings:o uid:s type:s? accounts:[ACCOUNT]",
    ACCOUNT=shape(
        "id:i name:s status:active|suspended active_at:iso? role:agent|administrator permissions:[s] "
        "availability:online|offline|busy availability_status:online|offline|busy auto_offline:b custom_role_id?:i? "
        "custom_role?:o?"
    ),
)
ACCOUNT = shape(
    "settings:o created_at:iso custom_attributes?:o domain:s? features:o id:i locale:s name:s support_email:s? "
    "status:active|suspended cache_keys:KEYS latest_chatwoot_version?:s? subscribed_features?:[s]",
    KEYS=shape("label:s inbox:s team:s"),
)
LABEL = shape("id:i title:s description:s? color:s show_on_sidebar:b?")
CANNED = shape("id:i account_id:i short_code:s content:s created_at:iso updated_at:iso")
ATTRIBUTE_DEFINITION = shape(
    "id:i attribute_display_name:s attribute_display_type:text|number|currency|percent|link|date|list|checkbox "
    "attribute_description:s? attribute_key:s regex_pattern:s? regex_cue:s? attribute_values:[any]? "
    "attribute_model:conversation_attribute|contact_attribute default_value:any? created_at:iso updated_at:iso"
)
CUSTOM_FILTER = shape(
    "id:i name:s filter_type:conversation|contact|report query:o created_at:iso updated_at:iso"
)
_WEBHOOK = shape(
    "id:i name?:s? url:s account_id:i subscriptions:[s] inbox?:INBOX", INBOX=shape("id:i name:s")
)
WEBHOOK = shape("payload:P", P=shape("webhook:W", W=_WEBHOOK))
WEBHOOKS = shape("payload:P", P=shape("webhooks:[W]", W=_WEBHOOK))
RULE = shape(
    "id:i account_id:i name:s description:s? event_name:s conditions:[o] actions:[o] created_on:ts active:b files?:[o]"
)
HOOK = shape(
    "id:i app_id:s status:b inbox:INBOX? account_id:i hook_type:account|inbox settings?:o reference_id?:s?",
    INBOX=shape("id:i name:s"),
)
INTEGRATION_APP = shape(
    "id:s name:s description:s short_description:s enabled:b hooks:[HOOK] logo?:any i18n_key?:any action?:any "
    "hook_type?:any allow_multiple_hooks?:any settings_json_schema?:any settings_form_schema?:any "
    "visible_properties?:any button?:any",
    HOOK=HOOK,
)
PORTAL = shape(
    "id:i color:s? custom_domain:s? header_text:s? homepage_link:s? name:s page_title:s? slug:s archived:b "
    "account_id:i config:o inbox?:o logo?:o meta:o ssl_settings?:o"
)
CATEGORY = shape(
    "id:i name:s slug:s locale:s description:s? position:i? account_id:i icon:s? related_categories?:[o] "
    "parent_category?:o root_category?:o meta:o"
)
ARTICLE = shape(
    "id:i slug:s title:s content:s? description:s? status:draft|published|archived position:i? account_id:i "
    "updated_at:ts meta:o category:o views?:i author?:AGENT associated_articles?:[o]",
    AGENT=AGENT,
)
REPORTING_EVENT = shape(
    "id:i name:s value:f value_in_business_hours:f? event_start_time:iso event_end_time:iso account_id:i inbox_id:i? "
    "user_id:i? conversation_id:i? created_at:iso updated_at:iso"
)
SUMMARY_VALUES = (
    "conversations_count:i incoming_messages_count:i outgoing_messages_count:i avg_first_response_time:f? "
    "avg_resolution_time:f? resolutions_count:i reply_time:f?"
)
SUMMARY = shape(SUMMARY_VALUES + " previous:BEFORE", BEFORE=shape(SUMMARY_VALUES))
POINTS = array(shape("value:f timestamp:ts count?:i"))
METRICS = shape("open:i unattended:i unassigned:i pending:i")
AGENT_METRICS = array(
    shape(
        "id:i name:s email:s thumbnail:s availability:online|offline|busy metric:M",
        M=shape("open:i unattended:i"),
    )
)
CHANNELS = mapping(r"Channel::\w+", shape("open:i resolved:i pending:i snoozed:i total:i"))
AUDIT_LOGS = shape(
    "per_page:i total_entries:i current_page:i audit_logs:[LOG]",
    LOG=shape(
        "id:i auditable_id:i auditable_type:s auditable:o? associated_id:i? associated_type:s? user_id:i? user_type:s? "
        "username:s? action:s audited_changes:o? version:i? comment:s? request_uuid:s? created_at:ts remote_address:s?"
    ),
)

PLATFORM_ACCOUNT = shape(
    "id:i name:s locale:s domain:s? support_email:s? features:o custom_attributes:o limits:o status:active|suspended"
)
RAW_MEMBERSHIP = shape(
    "id:i account_id:i user_id:i role:agent|administrator inviter_id:i? created_at:iso updated_at:iso active_at:iso? "
    "availability:online|offline|busy auto_offline:b custom_role_id?:i? agent_capacity_policy_id?:i?"
)
PLATFORM_BOT = shape("id:i name:s description:s? outgoing_url:s? account_id:i? access_token:s")
LOGIN_LINK = shape("url:s")

PUBLIC_INBOX = shape(
    "identifier:s name?:s timezone?:s working_hours?:[o] working_hours_enabled?:b csat_survey_enabled?:b "
    "greeting_enabled?:b identity_validation_enabled:b"
)
PUBLIC_CONTACT = shape("source_id:s pubsub_token:s id:i name:s? email:s? phone_number:s?")
RAW_CONTACT = shape(
    "id:i name:s? email:s? phone_number:s? account_id:i created_at:iso updated_at:iso additional_attributes:o "
    "identifier:s? custom_attributes:o last_activity_at:iso? contact_type:any middle_name?:s? last_name?:s? "
    "location?:s? country_code?:s? blocked:b company_id?:i?"
)
# `echo_id` where one was sent, beyond the contract: a client knows its own message by it.
PUBLIC_MESSAGE = shape(
    f"id:i content:s? message_type:i content_type:{_CONTENT_TYPES} content_attributes:o created_at:ts "
    "conversation_id:i attachments?:[ATTACHMENT] sender?:SENDER echo_id?:s",
    ATTACHMENT=ATTACHMENT,
    SENDER=SENDER,
)
PUBLIC_CONVERSATION = shape(
    "id:i uuid:s inbox_id:i contact_last_seen_at:ts status:open|resolved|pending|snoozed agent_last_seen_at:ts "
    "messages:[M] contact:CONTACT",
    M=PUBLIC_MESSAGE,
    CONTACT=RAW_CONTACT,
)

# What every refusal carries: the contract's keys, and `code` for programs.
REFUSAL = shape("code:s error:s message:s attributes?:[s] status?:i")
REFUSED_RULE = shape("code:s error:o message:s attributes?:[s]")
NO_TOKEN = shape("code:s errors:[s]")
PUBLIC_NOT_FOUND = shape("code:s error:s message:s status:i")
