"""Below /api/v1/accounts/<account_id>/. Inboxes themselves are shown with their channels: channels_ext.inbox_api."""

from django.urls import path

from inboxes.api import assignment, members

_POLICY = "assignment_policies/<id:assignment_policy_id>"

urlpatterns = [
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
