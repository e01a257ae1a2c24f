"""Addresses of the national picture."""

from django.urls import path

from nrm_portal.overview import case_data, downloads, editions, own_pages, views

app_name = "overview"

urlpatterns = [
    path("", views.statistics, name="statistics"),
    path("sa-raknar-vi/", views.counting, name="counting"),
    path("hamta/", downloads.download, name="download"),
    path("rapport/<uuid:job_id>/", downloads.report, name="report"),
    path("rapport/<uuid:job_id>/pdf/", downloads.report_file, name="report-file"),
    path("arendedata/", case_data.case_data, name="case-data"),
    path("egna/", own_pages.own_page, name="own"),
    path("egna/arenden/", own_pages.behind, name="behind"),
    path("utgavor/", editions.editions, name="editions"),
]
