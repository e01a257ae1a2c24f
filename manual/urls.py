"""Addresses of the manual, under /manual/. A paragraph is `<section>#<anchor>`."""

from __future__ import annotations

from django.urls import path

from manual import views
from manual.views import (
    compared,
    editions,
    files,
    printing,
    signs,
    stepping,
    texts,
    trying,
    versions,
    wordlists,
)

app_name = "manual"
urlpatterns = [
    path("", views.contents, name="contents"),
    path("sok/", views.search_page, name="search"),
    path("versioner/", versions.versions, name="versions"),
    path("versioner/<int:number>/", versions.changes, name="changes"),
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
    path("utgavor/<int:number>/jamfor/", compared.compared, name="edition-compare"),
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

# Texts, signs, dates, words and sources of an edition, and a try of it.
urlpatterns += [
    path("utgavor/<int:number>/prova/", trying.try_edition, name="edition-try"),
    path("utgavor/<int:number>/texter/", texts.texts, name="edition-texts"),
    path("utgavor/<int:number>/kapitel/nytt/", texts.new_chapter, name="edition-chapter-new"),
    path("utgavor/<int:number>/kapitel/<int:chapter>/", texts.chapter, name="edition-chapter"),
    path(
        "utgavor/<int:number>/kapitel/<int:chapter>/ta-bort/",
        texts.remove_chapter,
        name="edition-chapter-remove",
    ),
    path(
        "utgavor/<int:number>/stycken/nytt/<slug:under>/", texts.new_paragraph, name="edition-paragraph-new"
    ),
    path("utgavor/<int:number>/stycken/<slug:anchor>/", texts.paragraph, name="edition-paragraph"),
    path(
        "utgavor/<int:number>/stycken/<slug:anchor>/flytta/",
        texts.move_paragraph,
        name="edition-paragraph-move",
    ),
    path(
        "utgavor/<int:number>/stycken/<slug:anchor>/utga/",
        texts.retire_paragraph,
        name="edition-paragraph-retire",
    ),
    path("utgavor/<int:number>/utgangna/<slug:anchor>/", texts.retired, name="edition-retired"),
    path(
        "utgavor/<int:number>/utgangna/<slug:anchor>/aterta/", texts.restore_paragraph, name="edition-restore"
    ),
    path("utgavor/<int:number>/tecken/", signs.signs, name="edition-signs"),
    path("utgavor/<int:number>/tecken/nytt/", signs.new_sign, name="edition-sign-new"),
    path("utgavor/<int:number>/tecken/ny-grupp/", signs.new_group, name="edition-sign-group-new"),
    path("utgavor/<int:number>/tecken/grupp/<str:key>/", signs.group, name="edition-sign-group"),
    path(
        "utgavor/<int:number>/tecken/grupp/<str:key>/ta-bort/",
        signs.remove_group,
        name="edition-sign-group-remove",
    ),
    path("utgavor/<int:number>/tecken/<str:key>/", signs.sign, name="edition-sign"),
    path("utgavor/<int:number>/tecken/<str:key>/ta-bort/", signs.remove_sign, name="edition-sign-remove"),
    path("utgavor/<int:number>/tecken/<str:key>/flytta/", signs.move_sign, name="edition-sign-move"),
    path("utgavor/<int:number>/datum/", wordlists.dated, name="edition-dates"),
    path("utgavor/<int:number>/datum/<str:key>/", wordlists.one_date, name="edition-date"),
    path("utgavor/<int:number>/begrepp/", wordlists.defined, name="edition-words"),
    path("utgavor/<int:number>/begrepp/nytt/", wordlists.new_word, name="edition-word-new"),
    path("utgavor/<int:number>/begrepp/<str:key>/", wordlists.word, name="edition-word"),
    path(
        "utgavor/<int:number>/begrepp/<str:key>/ta-bort/", wordlists.remove_word, name="edition-word-remove"
    ),
    path("utgavor/<int:number>/kallor/", wordlists.sources, name="edition-sources"),
    path("utgavor/<int:number>/kallor/ny/", wordlists.new_source, name="edition-source-new"),
    path("utgavor/<int:number>/kallor/<str:key>/", wordlists.source, name="edition-source"),
    path(
        "utgavor/<int:number>/kallor/<str:key>/ta-bort/",
        wordlists.remove_source,
        name="edition-source-remove",
    ),
]
