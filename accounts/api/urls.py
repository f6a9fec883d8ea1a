"""Below /api/v1/accounts/<account_id>/."""

from django.urls import path

from accounts.api import account, agents, bots

urlpatterns = [
    path("cache_keys", account.CacheKeys.as_view(), name="api-cache-keys"),
    path("update_active_at", account.UpdateActiveAt.as_view(), name="api-update-active-at"),
    path("agents", agents.AgentList.as_view(), name="api-agents"),
    path("agents/bulk_create", agents.AgentBulk.as_view(), name="api-agents-bulk"),
    path("agents/<id:user_id>", agents.AgentDetail.as_view(), name="api-agent"),
    path("teams", agents.TeamList.as_view(), name="api-teams"),
    path("teams/<id:team_id>", agents.TeamDetail.as_view(), name="api-team"),
    path("teams/<id:team_id>/team_members", agents.TeamMemberList.as_view(), name="api-team-members"),
    path("agent_bots", bots.BotList.as_view(), name="api-bots"),
    path("agent_bots/<id:bot_id>", bots.BotDetail.as_view(), name="api-bot"),
    path("agent_bots/<id:bot_id>/avatar", bots.BotAvatar.as_view(), name="api-bot-avatar"),
    path("agent_bots/<id:bot_id>/reset_access_token", bots.BotToken.as_view(), name="api-bot-token"),
    path("notification_settings", account.NotificationSettings.as_view(), name="api-notification-settings"),
    path("dashboard_apps", account.DashboardAppList.as_view(), name="api-dashboard-apps"),
    path("dashboard_apps/<id:app_id>", account.DashboardAppDetail.as_view(), name="api-dashboard-app"),
    path("audit_logs", account.AuditLogs.as_view(), name="api-audit-logs"),
]
