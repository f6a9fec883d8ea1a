"""Below /api/v1/accounts/<account_id>/."""

from django.urls import path

from conversations.api import company_views, sla_views
from conversations.api import keeping as views

_ATTRIBUTES = "custom_attribute_definitions"

urlpatterns = [
    path("companies", company_views.CompanyList.as_view(), name="api-companies"),
    path("companies/search", company_views.CompanySearch.as_view(), name="api-companies-search"),
    path("companies/<id:company_id>", company_views.CompanyDetail.as_view(), name="api-company"),
    path("sla_policies", sla_views.SlaList.as_view(), name="api-sla-policies"),
    path("sla_policies/<id:sla_id>", sla_views.SlaDetail.as_view(), name="api-sla-policy"),
    path("labels", views.LabelList.as_view(), name="api-labels"),
    path("labels/<id:label_id>", views.LabelDetail.as_view(), name="api-label"),
    path("canned_responses", views.CannedList.as_view(), name="api-canned-responses"),
    path("canned_responses/<id:canned_id>", views.CannedDetail.as_view(), name="api-canned-response"),
    path(_ATTRIBUTES, views.AttributeList.as_view(), name="api-attributes"),
    path(f"{_ATTRIBUTES}/<id:definition_id>", views.AttributeDetail.as_view(), name="api-attribute"),
    path("custom_filters", views.FilterList.as_view(), name="api-filters"),
    path("custom_filters/<id:filter_id>", views.FilterDetail.as_view(), name="api-filter"),
]
