"""Addresses of the national picture."""

from django.urls import path

from nrm_portal.overview import case_data, downloads, editions, own_pages, saved_pages, views
from nrm_portal.overview.activity import views as activity
from nrm_portal.overview.earlier import views as earlier

app_name = "overview"

urlpatterns = [
    path("", views.statistics, name="statistics"),
    path("sa-raknar-vi/", views.counting, name="counting"),
    path("hamta/", downloads.download, name="download"),
    path("rapport/<uuid:job_id>/", downloads.report, name="report"),
    path("rapport/<uuid:job_id>/pdf/", downloads.report_file, name="report-file"),
    path("arendedata/", case_data.case_data, name="case-data"),
    path("vyer/", saved_pages.view_list, name="views"),
    path("vyer/ny/", saved_pages.save, name="view-new"),
    path("vyer/<uuid:view_id>/", saved_pages.open_view, name="view"),
    path("vyer/<uuid:view_id>/andra/", saved_pages.change, name="view-change"),
    path("vyer/<uuid:view_id>/ta-bort/", saved_pages.delete, name="view-delete"),
    path("egna/", own_pages.own_page, name="own"),
    path("utgavor/", editions.editions, name="editions"),
    path("verksamhet/", activity.home, name="activity"),
    path("verksamhet/<uuid:desk_id>/", activity.desk, name="activity-desk"),
    path("verksamhet/<uuid:desk_id>/lamna/", activity.hand_in, name="activity-hand-in"),
    path("verksamhet/rapport/<uuid:report_id>/", activity.report, name="activity-report"),
    path("verksamhet/rapport/<uuid:report_id>/hamta/", activity.take, name="activity-take"),
    path("verksamhet/fil/<uuid:job_id>/", activity.paper, name="activity-paper"),
    path("verksamhet/fil/<uuid:job_id>/pdf/", activity.paper_file, name="activity-paper-file"),
    path("tidigare-ar/", earlier.page, name="earlier"),
    path("tidigare-ar/prova/", earlier.dry_run, name="earlier-try"),
    path("tidigare-ar/ta-in/", earlier.take_in, name="earlier-take-in"),
    path("tidigare-ar/<uuid:import_id>/ta-tillbaka/", earlier.take_back, name="earlier-take-back"),
]
