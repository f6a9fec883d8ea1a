from django.urls import path

from channels_ext.survey import api, views

urlpatterns = [
    path("survey/responses/<str:conversation_uuid>", views.page, name="survey"),
    path("public/api/v1/csat_survey/<str:conversation_uuid>", api.Survey.as_view(), name="public-survey"),
]
