from django.contrib.admin import AdminSite


class ParleyAdminSite(AdminSite):
    site_header = "Parley"
    site_title = "Parley"
