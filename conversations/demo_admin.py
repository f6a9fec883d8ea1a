"""The account's page in the admin, with a button that removes the demo."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import ngettext

from accounts.admin import AccountAdmin
from accounts.models import Account
from conversations.actions.demo import has_demo_data, remove_demo_data

# Accounts are below conversations and cannot name them: so their page is taken over from above.
admin.site.unregister(Account)


@admin.register(Account)
class AccountWithDemoAdmin(AccountAdmin):
    change_form_template = "admin/account_with_demo.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.remove_demo)
        return [
            path("<path:object_id>/demo/", view, name="accounts_account_remove_demo"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        account = kwargs.get("obj")
        if account is not None and has_demo_data(account) and self.has_change_permission(request, account):
            context["remove_demo_url"] = reverse("admin:accounts_account_remove_demo", args=[account.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def remove_demo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        account = self.get_object(request, object_id)
        if account is None or not self.has_change_permission(request, account):
            raise Http404
        count = remove_demo_data(access=self.authority(request, account))
        text = ngettext(
            "The demo is gone, with %(count)s conversation.",
            "The demo is gone, with %(count)s conversations.",
            count,
        )
        messages.success(request, text % {"count": count})
        return redirect("admin:accounts_account_change", account.pk)
