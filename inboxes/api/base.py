"""The edge of the account API for views that ask what somebody may see."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts.api import base
from accounts.api.base import as_problem, checked, problem_response, values_of
from accounts.queries.door import Credential
from inboxes.queries import access_by_token, bot_access_by_token

__all__ = ["AccountAPIView", "as_problem", "checked", "problem_response", "values_of"]


class AccountAPIView(base.AccountAPIView):
    """`request.access` is an inboxes.queries.Access: a member, and the inboxes and teams that are theirs; or, for
    `bot_methods`, what a bot may do here with its own token."""

    bot_methods: ClassVar[frozenset[str]] = frozenset()

    def find_access(self, shown: Credential) -> Any:
        access = access_by_token(account_id=self.account_id, shown=shown)
        if access is None and self.request.method in self.bot_methods:
            return bot_access_by_token(account_id=self.account_id, shown=shown)
        return access
