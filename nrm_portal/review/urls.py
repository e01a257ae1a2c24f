"""Addresses of the review log."""

from django.urls import path

from nrm_portal.review import alerts, samples, views

app_name = "review"

urlpatterns = [
    path("", views.home, name="home"),
    path("arenden/", views.cases, name="cases"),
    path("arenden/<uuid:case_id>/", views.case, name="case"),
    path("personer/", views.people, name="people"),
    path("personer/<uuid:user_id>/", views.person, name="person"),
    path("kopior/", views.copies, name="copies"),
    path("nekat/", views.refusals, name="refusals"),
    path("larm/", alerts.alert_list, name="alerts"),
    path("larm/<uuid:alert_id>/", alerts.alert, name="alert"),
    path("stickprov/", samples.report_list, name="samples"),
    path("stickprov/<uuid:report_id>/", samples.report, name="report"),
    path("stickprov/<uuid:report_id>/genomgang/", samples.mark, name="mark"),
    path("stickprov/<uuid:report_id>/signera/", samples.sign, name="sign"),
]
