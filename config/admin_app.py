"""Apart from config.apps, because a module with two app configurations cannot name its default."""

from django.contrib.admin.apps import AdminConfig


class ParleyAdminConfig(AdminConfig):
    default = False
    default_site = "accounts.admin_site.ParleyAdminSite"
