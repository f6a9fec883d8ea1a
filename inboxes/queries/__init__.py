from inboxes.queries.access import (
    Access,
    BotAccess,
    access_by_token,
    access_of_user,
    bot_access_by_token,
    visible_inboxes,
)

__all__ = [
    "Access",
    "BotAccess",
    "access_by_token",
    "access_of_user",
    "bot_access_by_token",
    "visible_inboxes",
]
