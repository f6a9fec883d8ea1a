from accounts.models.account import Account
from accounts.models.audit import AuditEntry
from accounts.models.membership import Membership, Role, Team, TeamMember
from accounts.models.token import AccessToken, AgentBot, PlatformApp, PlatformAppPermissible
from accounts.models.user import User

__all__ = [
    "AccessToken",
    "Account",
    "AgentBot",
    "AuditEntry",
    "Membership",
    "PlatformApp",
    "PlatformAppPermissible",
    "Role",
    "Team",
    "TeamMember",
    "User",
]
