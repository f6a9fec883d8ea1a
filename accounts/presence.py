"""What colleagues see of a member: online, busy or offline. Chosen by the member, and offline for who is not here,
unless they want it otherwise.

Who is here is measured above (settings.PRESENCE names the function) and read each time; what they chose is
remembered for five minutes, and forgotten when they choose anew.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Membership
from accounts.models.membership import Availability
from config.database import platform_scope
from config.remembered import Remembered

SECONDS = 5 * 60
OFFLINE = int(Availability.OFFLINE)
Choices = dict[int, tuple[int, bool]]  # user id → availability, auto_offline


def _read_choices(account_id: int) -> Choices:
    with platform_scope("what the members of one account chose to be, for whoever may see them"):
        rows = Membership.objects.for_account(account_id).values_list(
            "user_id", "availability", "auto_offline"
        )
        return {user_id: (availability, auto_offline) for user_id, availability, auto_offline in rows}


_choices = Remembered("agents-online", SECONDS, _read_choices)
# Call with every change of a member's availability, and of who is a member.
forget_availabilities = _choices.forget


def users_here(account_id: int) -> set[int]:
    here: set[int] = import_string(settings.PRESENCE)(account_id)
    return here


def status(*, availability: int, auto_offline: bool, is_here: bool) -> int:
    """An Availability."""
    return availability if is_here or not auto_offline else OFFLINE


def statuses(account_id: int) -> dict[int, int]:
    """User id → Availability, of every member of the account."""
    here = users_here(account_id)
    return {
        user_id: status(availability=availability, auto_offline=auto_offline, is_here=user_id in here)
        for user_id, (availability, auto_offline) in _choices.get(account_id).items()
    }


def agents_online(account_id: int, *, among: Iterable[int] | None = None) -> set[int]:
    """Ids of the users who can take something now."""
    online = {user_id for user_id, now in statuses(account_id).items() if now == Availability.ONLINE}
    return online if among is None else online & set(among)


def status_of(membership: Membership) -> int:
    """Of one member, from the row itself."""
    here = membership.user_id in users_here(membership.account_id)
    return status(availability=membership.availability, auto_offline=membership.auto_offline, is_here=here)
