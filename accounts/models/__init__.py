from accounts.models.account import Account
from accounts.models.audit import AuditEntry
from accounts.models.dashboard_app import DashboardApp
from accounts.models.membership import Membership, Role, Team, TeamMember
from accounts.models.token import AccessToken, AgentBot, PlatformApp, PlatformAppPermissible, SystemBot
from accounts.models.user import User

__all__ = [
    "AccessToken",
    "Account",
    "AgentBot",
    "AuditEntry",
    "DashboardApp",
    "Membership",
    "PlatformApp",
    "PlatformAppPermissible",
    "Role",
    "SystemBot",
    "Team",
    "TeamMember",
    "User",
]
