"""Below /api/v1/accounts/<account_id>/. Inboxes themselves are shown with their channels: channels_ext.inbox_api."""

from django.urls import path

from inboxes.api import assignment, capacity, members

_POLICY = "assignment_policies/<id:assignment_policy_id>"
_CAPACITY = "agent_capacity_policies/<id:capacity_id>"

urlpatterns = [
    path("agent_capacity_policies", capacity.CapacityList.as_view(), name="api-capacities"),
    path(_CAPACITY, capacity.CapacityDetail.as_view(), name="api-capacity"),
    path(f"{_CAPACITY}/users", capacity.CapacityUsers.as_view(), name="api-capacity-users"),
    path(f"{_CAPACITY}/users/<id:user_id>", capacity.CapacityUserDetail.as_view(), name="api-capacity-user"),
    path(f"{_CAPACITY}/inbox_limits", capacity.CapacityLimits.as_view(), name="api-capacity-limits"),
    path(
        f"{_CAPACITY}/inbox_limits/<id:limit_id>",
        capacity.CapacityLimitDetail.as_view(),
        name="api-capacity-limit",
    ),
    path("inbox_members", members.InboxMemberList.as_view(), name="api-inbox-members"),
    path("inbox_members/<id:inbox_id>", members.InboxMembersOfOne.as_view(), name="api-inbox-members-of-one"),
    path("assignable_agents", members.AssignableAgents.as_view(), name="api-assignable-agents"),
    path(
        "inboxes/<id:inbox_id>/assignable_agents",
        members.AssignableAgentsOfOne.as_view(),
        name="api-inbox-assignable-agents",
    ),
    path("inboxes/<id:inbox_id>/agent_bot", members.InboxAgentBot.as_view(), name="api-inbox-bot"),
    path("inboxes/<id:inbox_id>/set_agent_bot", members.SetAgentBot.as_view(), name="api-set-inbox-bot"),
    path("assignment_policies", assignment.AssignmentPolicyList.as_view(), name="api-assignment-policies"),
    path(_POLICY, assignment.AssignmentPolicyDetail.as_view(), name="api-assignment-policy"),
    path(f"{_POLICY}/inboxes", assignment.InboxesOfPolicy.as_view(), name="api-assignment-policy-inboxes"),
    path(
        "inboxes/<id:inbox_id>/assignment_policy",
        assignment.AssignmentPolicyOfInbox.as_view(),
        name="api-inbox-assignment-policy",
    ),
    path("webhooks", members.WebhookList.as_view(), name="api-webhooks"),
    path("webhooks/<id:webhook_id>", members.WebhookDetail.as_view(), name="api-webhook"),
]
