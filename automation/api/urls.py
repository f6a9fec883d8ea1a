"""Below /api/v1/accounts/<account_id>/."""

from django.urls import path

from automation.api import integrations, rules, webhooks

_HOOK = "webhooks/<id:webhook_id>"

urlpatterns = [
    path("automation_rules", rules.RuleList.as_view(), name="api-rules"),
    path("automation_rules/<id:rule_id>", rules.RuleDetail.as_view(), name="api-rule"),
    path("automation_rules/<id:rule_id>/clone", rules.RuleClone.as_view(), name="api-rule-clone"),
    path("macros", rules.MacroList.as_view(), name="api-macros"),
    path("macros/<id:macro_id>", rules.MacroDetail.as_view(), name="api-macro"),
    path("macros/<id:macro_id>/execute", rules.MacroExecute.as_view(), name="api-macro-execute"),
    path("integrations/apps", integrations.IntegrationList.as_view(), name="api-integrations"),
    path(
        "integrations/apps/<str:integration>",
        integrations.IntegrationDetail.as_view(),
        name="api-integration",
    ),
    path("integrations/hooks", integrations.HookList.as_view(), name="api-hooks"),
    path("integrations/hooks/<id:hook_id>", integrations.HookDetail.as_view(), name="api-hook"),
    path(
        "integrations/hooks/<id:hook_id>/process_event",
        integrations.ProcessEvent.as_view(),
        name="api-hook-event",
    ),
    path(f"{_HOOK}/deliveries", webhooks.WebhookLog.as_view(), name="api-webhook-log"),
    path(
        f"{_HOOK}/deliveries/<id:delivery_id>",
        webhooks.WebhookLogEntry.as_view(),
        name="api-webhook-delivery",
    ),
    path(
        f"{_HOOK}/deliveries/<id:delivery_id>/replay",
        webhooks.ReplayDelivery.as_view(),
        name="api-webhook-replay",
    ),
    path(f"{_HOOK}/replay", webhooks.ReplayRange.as_view(), name="api-webhook-replay-range"),
    path(f"{_HOOK}/test", webhooks.TestWebhook.as_view(), name="api-webhook-test"),
    path(f"{_HOOK}/resume", webhooks.ResumeWebhook.as_view(), name="api-webhook-resume"),
]
