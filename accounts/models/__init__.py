from accounts.models.account import Account
from accounts.models.answers import AccountAnswer, PersonAnswer
from accounts.models.audit import AuditEntry
from accounts.models.dashboard_app import DashboardApp
from accounts.models.membership import Membership, Role, Team, TeamMember
from accounts.models.session import DeviceSession
from accounts.models.subscription import NotificationSubscription
from accounts.models.token import AccessToken, AgentBot, PlatformApp, PlatformAppPermissible, SystemBot
from accounts.models.user import User

__all__ = [
    "AccessToken",
    "Account",
    "AccountAnswer",
    "AgentBot",
    "AuditEntry",
    "DashboardApp",
    "DeviceSession",
    "Membership",
    "NotificationSubscription",
    "PersonAnswer",
    "PlatformApp",
    "PlatformAppPermissible",
    "Role",
    "SystemBot",
    "Team",
    "TeamMember",
    "User",
]
