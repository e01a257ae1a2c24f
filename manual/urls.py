"""Addresses of the manual, under /manual/. A paragraph is `<section>#<anchor>`."""

from __future__ import annotations

from django.urls import path

from manual import views
from manual.views import editions, files, printing, stepping

app_name = "manual"
urlpatterns = [
    path("", views.contents, name="contents"),
    path("sok/", views.search_page, name="search"),
    path("utgavor/", editions.edition_list, name="editions"),
    path("utgavor/ny/", editions.start, name="edition-new"),
    path("utgavor/filer/", files.bring, name="edition-bring"),
    path("utgavor/<int:number>/filer/", files.listing, name="edition-files"),
    path("utgavor/<int:number>/filer/hamta/", files.download, name="edition-files-download"),
    path("utgavor/<int:number>/", editions.edition_page, name="edition"),
    path("utgavor/<int:number>/beskrivning/", editions.describe, name="edition-describe"),
    path("utgavor/<int:number>/radera/", editions.delete, name="edition-delete"),
    path("utgavor/<int:number>/lamna-in/", editions.hand_in, name="edition-hand-in"),
    path("utgavor/<int:number>/ta-tillbaka/", editions.take_back, name="edition-take-back"),
    path("utgavor/<int:number>/godkann/", editions.approve, name="edition-approve"),
    path("utgavor/<int:number>/skicka-tillbaka/", editions.send_back, name="edition-send-back"),
    path("utgavor/<int:number>/publicera/", editions.publish, name="edition-publish"),
    path("utgavor/<int:number>/dra-in/", editions.withdraw, name="edition-withdraw"),
    path("utgavor/<int:number>/steg/", stepping.steps, name="edition-steps"),
    path("utgavor/<int:number>/steg/nytt/", stepping.new_step, name="edition-step-new"),
    path("utgavor/<int:number>/steg/<str:key>/", stepping.step, name="edition-step"),
    path("utgavor/<int:number>/steg/<str:key>/ta-bort/", stepping.remove_step, name="edition-step-remove"),
    path("utgavor/<int:number>/steg/<str:key>/flytta/", stepping.move_step, name="edition-step-move"),
    path("skriv-ut/", printing.order, name="paper"),
    path("skriv-ut/<uuid:job_id>/", printing.ready, name="paper-ready"),
    path("skriv-ut/<uuid:job_id>/pdf/", printing.fetch, name="paper-file"),
    path("<int:number>/", views.chapter, name="chapter"),
    path("<int:number>/<slug:anchor>/", views.section, name="section"),
]
