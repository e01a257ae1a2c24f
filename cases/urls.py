"""Addresses of the heart. Pages are nouns, changes are POSTs to a verb; Swedish words, UUIDs, no names."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cases.enums import Verb
from cases.views import (
    bulk,
    case,
    drafts,
    history,
    inbox,
    jobs,
    messages,
    notices,
    participation,
    pdf,
    persons,
    referrals,
    saved_views,
    search,
    steps,
    triage,
    work,
)

app_name = "cases"

draft_urls: list[URLPattern | URLResolver] = [
    path("hanvisning/", drafts.drafts_list, name="drafts"),
    path("hanvisning/ny/", drafts.start, name="draft-start"),
    path("hanvisning/<uuid:draft_id>/", drafts.hub, name="draft"),
    path("hanvisning/<uuid:draft_id>/kontrollera/", drafts.check, name="draft-check"),
    path("hanvisning/<uuid:draft_id>/skicka/", drafts.send, name="draft-send"),
    path("hanvisning/<uuid:draft_id>/ta-bort/", drafts.discard, name="draft-remove"),
    path("hanvisning/<uuid:draft_id>/laget/", drafts.so_far, name="draft-so-far"),
    path("hanvisning/<uuid:draft_id>/<slug:slug>/", drafts.section, name="draft-section"),
]
referral_urls: list[URLPattern | URLResolver] = [
    path("hanvisningar/", referrals.referral_list, name="referrals"),
    path("hanvisningar/<uuid:referral_id>/", referrals.referral, name="referral"),
    path("hanvisningar/<uuid:referral_id>/kvitto/", referrals.receipt, name="referral-receipt"),
    path("hanvisningar/<uuid:referral_id>/komplettera/", referrals.supplement, name="referral-supplement"),
    path("hanvisningar/<uuid:referral_id>/svara/", referrals.reply, name="referral-reply"),
]
work_urls: list[URLPattern | URLResolver] = [
    path("arbete/", work.work, name="work"),
    path("inkorg/", inbox.inbox, name="inbox"),
    path("inkorg/nya/", inbox.news, name="inbox-news"),
    path("inkorg/<uuid:case_id>/", inbox.preview, name="preview"),
    path("inkorg/flera/angra/", bulk.take_back, name="bulk-undo"),
    path("inkorg/flera/<slug:slug>/", bulk.several, name="bulk"),
    path("inkorg/vyer/", saved_views.view_list, name="views"),
    path("inkorg/vyer/ny/", saved_views.save, name="view-save"),
    path("inkorg/vyer/<uuid:view_id>/", saved_views.change, name="view"),
    path("inkorg/vyer/<uuid:view_id>/ta-bort/", saved_views.delete, name="view-delete"),
    path("aviseringar/", notices.notice_list, name="notices"),
    path("aviseringar/las-alla/", notices.notice_read_all, name="notices-read"),
    path("aviseringar/<uuid:notice_id>/", notices.notice_open, name="notice"),
    path("sok/", search.search, name="search"),
    path("jobb/", jobs.job_list, name="jobs"),
    path("inbjudningar/<uuid:participation_id>/", participation.answer, name="answer"),
    path("hanvisningar/<uuid:referral_id>/papper/", pdf.receipt, name="receipt-pdf"),
    path("papper/<uuid:job_id>/", pdf.waiting, name="pdf"),
    path("papper/<uuid:job_id>/hamta/", pdf.download, name="pdf-download"),
]


def _decision(slug: str, name: str, verb: Verb) -> URLPattern:
    return path(f"arenden/<uuid:case_id>/{slug}/", triage.decide, {"verb": verb}, name=name)


_STEP = "arenden/<uuid:case_id>/checklista/<uuid:step_id>/"
case_urls: list[URLPattern | URLResolver] = [
    path("arenden/", case.case_list, name="cases"),
    path("arenden/angra/<str:token>/", triage.take_back_decision, name="undo"),
    path("arenden/<uuid:case_id>/", case.overview, name="case"),
    path("arenden/<uuid:case_id>/checklista/", case.checklist, name="steps"),
    path(_STEP, steps.step_page, name="step"),
    path(f"{_STEP}spara/", steps.save, name="step-save"),
    path(f"{_STEP}klar/", steps.done, name="step-done"),
    path(f"{_STEP}paborja/", steps.start, name="step-start"),
    path(f"{_STEP}inte-aktuell/", steps.not_applicable, name="step-not-applicable"),
    path(f"{_STEP}hinder/", steps.block, name="step-block"),
    path(f"{_STEP}ta-upp/", steps.reopen, name="step-reopen"),
    path(f"{_STEP}ansvarig/", steps.assign, name="step-assign"),
    path("arenden/<uuid:case_id>/personen/", persons.persons, name="persons"),
    path("arenden/<uuid:case_id>/identitet/", persons.open_identity, name="identity"),
    path("arenden/<uuid:case_id>/meddelanden/", messages.message_list, name="messages"),
    path("arenden/<uuid:case_id>/meddelanden/skicka/", messages.send, name="message-send"),
    path("arenden/<uuid:case_id>/meddelanden/anteckna/", messages.add_note, name="note-add"),
    path("arenden/<uuid:case_id>/aktorer/", participation.actors, name="actors"),
    path("arenden/<uuid:case_id>/aktorer/bjud-in/", participation.invite, name="invite"),
    path("arenden/<uuid:case_id>/aktorer/<uuid:participation_id>/avsluta/", participation.end, name="end"),
    path("arenden/<uuid:case_id>/datum/", case.dates, name="dates"),
    path("arenden/<uuid:case_id>/historik/", history.history, name="history"),
    path("arenden/<uuid:case_id>/atkomstlogg/", history.log, name="log"),
    path("arenden/<uuid:case_id>/papper/", pdf.summary, name="case-pdf"),
    path("arenden/<uuid:case_id>/avsluta/", case.close, name="close"),
    path("arenden/<uuid:case_id>/ateroppna/", case.reopen, name="reopen"),
    _decision("ta-emot", "accept", Verb.ACCEPT),
    _decision("fraga", "ask", Verb.ASK),
    _decision("skicka-vidare", "forward", Verb.FORWARD),
    _decision("parkera", "snooze", Verb.SNOOZE),
    _decision("tilldela", "assign", Verb.ASSIGN),
    _decision("tas-inte-vidare", "not-take", Verb.NOT_TAKE),
    _decision("ta-tillbaka", "take-back", Verb.TAKE_BACK),
    _decision("vack", "wake", Verb.WAKE),
    _decision("placera", "place", Verb.PLACE),
]

urlpatterns = [*draft_urls, *referral_urls, *work_urls, *case_urls]
