"""Addresses of the heart. Pages are nouns, changes are POSTs to a verb; Swedish words, UUIDs, no names."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cases.enums import Verb
from cases.views import (
    assessments,
    breaches,
    bulk,
    case,
    choices,
    contact,
    dates,
    dependants,
    disputes,
    documents,
    drafts,
    editions,
    emergency,
    feeds,
    granting,
    handovers,
    history,
    inbox,
    incidents,
    jobs,
    keeping,
    ledger,
    links,
    matches,
    meetings,
    merging,
    messages,
    missing,
    notices,
    officer,
    packs,
    participation,
    parts,
    pdf,
    periods,
    persons,
    prompts,
    protection,
    recusals,
    referrals,
    requests,
    returns,
    saved_views,
    search,
    sharing,
    steps,
    stops,
    triage,
    waiting,
    withdrawing,
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
_EVENT = "handelser/<uuid:incident_id>/"
incident_urls: list[URLPattern | URLResolver] = [
    path("handelser/", incidents.incident_list, name="incidents"),
    path("handelser/ny/", incidents.start, name="incident-start"),
    path(_EVENT, incidents.hub, name="incident"),
    path(f"{_EVENT}klistra-in/", incidents.paste, name="incident-paste"),
    path(f"{_EVENT}personer/ny/", incidents.add, name="incident-person-add"),
    path(f"{_EVENT}personer/<uuid:person_id>/", incidents.person, name="incident-person"),
    path(f"{_EVENT}personer/<uuid:person_id>/ta-bort/", incidents.remove, name="incident-person-remove"),
    path(f"{_EVENT}kontrollera/", incidents.check, name="incident-check"),
    path(f"{_EVENT}skicka/", incidents.send, name="incident-send"),
    path(f"{_EVENT}kvitto/", incidents.receipt, name="incident-receipt"),
    path(f"{_EVENT}klar/", incidents.finish, name="incident-finish"),
    path(f"{_EVENT}ta-bort/", incidents.discard, name="incident-discard"),
    path(f"{_EVENT}<slug:slug>/", incidents.section, name="incident-section"),
]
referral_urls: list[URLPattern | URLResolver] = [
    path("hanvisningar/", referrals.referral_list, name="referrals"),
    path("hanvisningar/<uuid:referral_id>/", referrals.referral, name="referral"),
    path("hanvisningar/<uuid:referral_id>/kvitto/", referrals.receipt, name="referral-receipt"),
    path("hanvisningar/<uuid:referral_id>/komplettera/", referrals.supplement, name="referral-supplement"),
    path("hanvisningar/<uuid:referral_id>/samtycker/", referrals.grow, name="referral-grow"),
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
    path("atervandanden/", returns.pipeline, name="returns"),
    path("installningar/aviseringar/", choices.choices, name="choices"),
    path("installningar/kalender/", choices.calendar, name="calendar"),
    path("installningar/kalender/aterkalla/", choices.revoke_calendar, name="calendar-revoke"),
    path("kalender/<slug:token>.ics", feeds.feed, name="feed"),
    path("sok/", search.search, name="search"),
    path("jobb/", jobs.job_list, name="jobs"),
    path("inbjudningar/<uuid:participation_id>/", participation.answer, name="answer"),
    path("hanvisningar/<uuid:referral_id>/papper/", pdf.receipt, name="receipt-pdf"),
    path("hanvisning/promptblad/", prompts.sheet, name="prompt-sheet"),
    path("papper/<uuid:job_id>/", pdf.waiting, name="pdf"),
    path("papper/<uuid:job_id>/hamta/", pdf.download, name="pdf-download"),
]


def _decision(slug: str, name: str, verb: Verb) -> URLPattern:
    return path(f"arenden/<uuid:case_id>/{slug}/", triage.decide, {"verb": verb}, name=name)


_PERIOD = "arenden/<uuid:case_id>/datum/<uuid:period_id>/"
_PLAN = "arenden/<uuid:case_id>/atervandande/<uuid:plan_id>/"
_SHARING = "arenden/<uuid:case_id>/delning/"
_STEP = "arenden/<uuid:case_id>/checklista/<uuid:step_id>/"
case_urls: list[URLPattern | URLResolver] = [
    path("arenden/", case.case_list, name="cases"),
    path("arenden/angra/<str:token>/", triage.take_back_decision, name="undo"),
    path("arenden/<uuid:case_id>/", case.overview, name="case"),
    path("arenden/<uuid:case_id>/checklista/", case.checklist, name="steps"),
    path("arenden/<uuid:case_id>/utgava/", editions.edition, name="edition"),
    path(_STEP, steps.step_page, name="step"),
    path(f"{_STEP}spara/", steps.save, name="step-save"),
    path(f"{_STEP}klar/", steps.done, name="step-done"),
    path(f"{_STEP}paborja/", steps.start, name="step-start"),
    path(f"{_STEP}inte-aktuell/", steps.not_applicable, name="step-not-applicable"),
    path(f"{_STEP}hinder/", steps.block, name="step-block"),
    path(f"{_STEP}ta-upp/", steps.reopen, name="step-reopen"),
    path(f"{_STEP}stoppa/", stops.stop, name="step-stop"),
    path(f"{_STEP}fortsatt/", stops.resume, name="step-resume"),
    path(f"{_STEP}ansvarig/", steps.assign, name="step-assign"),
    path("arenden/<uuid:case_id>/personen/", persons.persons, name="persons"),
    path("arenden/<uuid:case_id>/identitet/", persons.open_identity, name="identity"),
    path("arenden/<uuid:case_id>/meddelanden/", messages.message_list, name="messages"),
    path("arenden/<uuid:case_id>/meddelanden/skicka/", messages.send, name="message-send"),
    path("arenden/<uuid:case_id>/meddelanden/anteckna/", messages.add_note, name="note-add"),
    path("arenden/<uuid:case_id>/aktorer/", participation.actors, name="actors"),
    path("arenden/<uuid:case_id>/aktorer/bjud-in/", participation.invite, name="invite"),
    path("arenden/<uuid:case_id>/aktorer/<uuid:participation_id>/avsluta/", participation.end, name="end"),
    path(_SHARING, sharing.page, name="sharing"),
    path(f"{_SHARING}samtycke/", sharing.register, name="consent"),
    path(f"{_SHARING}information/", sharing.inform, name="inform"),
    path(f"{_SHARING}aterkalla/", withdrawing.withdraw, name="consent-withdraw"),
    path(f"{_SHARING}utlamnat/", ledger.ledger, name="ledger"),
    path(f"{_SHARING}utlamnat/papper/", ledger.on_paper, name="ledger-pdf"),
    path(f"{_SHARING}berattat/", ledger.told, name="told-outside"),
    path(f"{_SHARING}hanvisning/", sharing.grow, name="grow"),
    path(f"{_SHARING}<uuid:participation_id>/", granting.ground, name="ground"),
    path(f"{_SHARING}<uuid:participation_id>/<uuid:ground_id>/avsluta/", granting.end, name="ground-end"),
    path("arenden/<uuid:case_id>/datum/", dates.dates, name="dates"),
    path("arenden/<uuid:case_id>/datum/<slug:kind>/ta-tillbaka/", dates.withdraw, name="date-withdraw"),
    path("arenden/<uuid:case_id>/datum/period/", periods.record, name="period-record"),
    path(f"{_PERIOD}forlang/", periods.extend, name="period-extend"),
    path(f"{_PERIOD}avsluta/", periods.end, name="period-end"),
    path("arenden/<uuid:case_id>/atervandande/", returns.plan, name="return"),
    path("arenden/<uuid:case_id>/atervandande/nytt/", returns.start, name="return-start"),
    path(f"{_PLAN}del/<slug:part>/", returns.record, name="return-record"),
    path(f"{_PLAN}stoppa/", returns.stop, name="return-stop"),
    path(f"{_PLAN}klar/", returns.complete, name="return-complete"),
    path("arenden/<uuid:case_id>/alder/", assessments.decide_age, name="decide-age"),
    path("arenden/<uuid:case_id>/misstanke/", assessments.recognise, name="recognise"),
    path("arenden/<uuid:case_id>/historik/", history.history, name="history"),
    path("arenden/<uuid:case_id>/atkomstlogg/", history.log, name="log"),
    path("arenden/<uuid:case_id>/papper/", pdf.summary, name="case-pdf"),
    path("arenden/<uuid:case_id>/avsluta/", case.close, name="close"),
    path("arenden/<uuid:case_id>/ateroppna/", case.reopen, name="reopen"),
    path("arenden/<uuid:case_id>/sla-ihop/", merging.merge, name="merge"),
    path("arenden/<uuid:case_id>/dela-upp/<uuid:merge_id>/", merging.unmerge, name="unmerge"),
    path("arenden/<uuid:case_id>/tidigare/", links.link, name="link"),
    path("arenden/<uuid:case_id>/tidigare/<uuid:link_id>/ta-bort/", links.unlink, name="unlink"),
    path("arenden/<uuid:case_id>/traff/<slug:key>/tidigare/", links.link, name="link-match"),
    path("arenden/<uuid:case_id>/traff/<slug:key>/fraga/", matches.ask, name="match-ask"),
    path("arenden/<uuid:case_id>/traff/<slug:key>/inte-samma/", matches.not_same, name="match-not-same"),
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

move_urls: list[URLPattern | URLResolver] = [
    path("arenden/<uuid:case_id>/lamna-over/", handovers.hand_over, name="hand-over"),
    path("arenden/<uuid:case_id>/overlamning/", handovers.handover, name="handover"),
    path("arenden/<uuid:case_id>/overlamning/ta-over/", handovers.accept, name="handover-accept"),
    path("arenden/<uuid:case_id>/overlamning/avboj/", handovers.reject, name="handover-reject"),
    path("arenden/<uuid:case_id>/overlamning/ta-tillbaka/", handovers.withdraw, name="handover-withdraw"),
    path("arenden/<uuid:case_id>/sand-tillbaka/", handovers.send_back, name="send-back"),
    path("arenden/<uuid:case_id>/javig/", recusals.recuse, name="recuse"),
    path("arenden-javiga/", recusals.recusal_list, name="recusals"),
    path("arenden-javiga/<uuid:recusal_id>/lyft/", recusals.lift, name="recusal-lift"),
    path("arenden-javiga/<uuid:recusal_id>/ge-till/", recusals.redirect_case, name="recusal-redirect"),
    path("routningsforslag/", handovers.correction_list, name="corrections"),
    path(
        "routningsforslag/<uuid:correction_id>/klart/", handovers.correction_handle, name="correction-handle"
    ),
]

_DOCUMENT = "arenden/<uuid:case_id>/handlingar/<uuid:document_id>/"
_DEPENDANT = "arenden/<uuid:case_id>/personen/medfoljande/<uuid:dependant_id>/"
safety_urls: list[URLPattern | URLResolver] = [
    path("arenden/<uuid:case_id>/handlingar/", documents.document_list, name="documents"),
    path("arenden/<uuid:case_id>/handlingar/lagg-till/", documents.add, name="document-add"),
    path(f"{_DOCUMENT}oppna/", documents.open_document, name="document-open"),
    path(f"{_DOCUMENT}ta-bort/", documents.remove, name="document-remove"),
    path("hanvisningar/<uuid:referral_id>/lasta/", referrals.confirm_read, name="referral-read"),
    path("arenden/<uuid:case_id>/meddelanden/lasta/", messages.confirm_read, name="messages-read"),
    path(
        "arenden/<uuid:case_id>/meddelanden/anteckning/<uuid:note_id>/skicka/",
        messages.share_note,
        name="note-share",
    ),
    path("arenden/<uuid:case_id>/personen/nummer/", contact.open_number, name="contact-number"),
    path("arenden/<uuid:case_id>/personen/kontakt/", contact.change, name="contact-change"),
    path("arenden/<uuid:case_id>/personen/medfoljande/", dependants.add, name="dependant-add"),
    path(_DEPENDANT, dependants.correct, name="dependant-correct"),
    path(f"{_DEPENDANT}hanvisa/", dependants.refer, name="dependant-refer"),
    path(f"{_DEPENDANT}koppla/", dependants.link, name="dependant-link"),
    path("arenden/<uuid:case_id>/saknad/", missing.alarm, name="missing"),
    path("arenden/<uuid:case_id>/saknad/aterfunnen/", missing.found, name="found"),
]

_SKYDD = "arenden/<uuid:case_id>/skydd/"
guard_urls: list[URLPattern | URLResolver] = [
    path("nodatkomst/", emergency.open_case, name="emergency"),
    path("arenden/<uuid:case_id>/nodatkomst/stang/", emergency.close, name="emergency-close"),
    path("dataskydd/nodatkomst/", emergency.review_list, name="emergencies"),
    path("dataskydd/nodatkomst/<uuid:glass_id>/", emergency.review, name="emergency-review"),
    path(_SKYDD, protection.page, name="protection"),
    path(f"{_SKYDD}strangare/", protection.make_stricter, name="protection-stricter"),
    path(f"{_SKYDD}mildare/", protection.ask_milder, name="protection-milder"),
    path(f"{_SKYDD}mildare/beslut/", protection.decide_milder, name="protection-decide"),
    path(f"{_SKYDD}namnge/", protection.name, name="protection-name"),
    path(f"{_SKYDD}namngiven/<uuid:named_id>/ta-bort/", protection.unname, name="protection-unname"),
    path(f"{_SKYDD}kontaktvag/", protection.route, name="protection-route"),
]

_REQUEST = "dataskydd/begaranden/<uuid:request_id>/"
_PACK = "dataskydd/utdrag/<uuid:pack_id>/"
subject_urls: list[URLPattern | URLResolver] = [
    path("dataskydd/begaranden/", requests.request_list, name="requests"),
    path("dataskydd/begaranden/ny/", requests.register, name="request-new"),
    path(_REQUEST, requests.request_page, name="request"),
    path(f"{_REQUEST}identitet/", requests.identity, name="request-identity"),
    path(f"{_REQUEST}arende/", requests.find, name="request-case"),
    path(f"{_REQUEST}arende/<uuid:case_id>/ta-bort/", requests.drop, name="request-case-remove"),
    path(f"{_REQUEST}forlang/", requests.extend, name="request-extend"),
    path(f"{_REQUEST}avsluta/", requests.end, name="request-end"),
    path(_PACK, packs.pack_page, name="pack"),
    path(f"{_PACK}ord/", packs.masks, name="pack-masks"),
    path(f"{_PACK}ord/<uuid:mask_id>/ta-bort/", packs.unmask, name="pack-unmask"),
    path(f"{_PACK}klart/", packs.prepare, name="pack-prepare"),
    path(f"{_PACK}godkann/", packs.approve, name="pack-approve"),
    path(f"{_PACK}tillbaka/", packs.send_back, name="pack-back"),
    path(f"{_PACK}papper/", packs.on_paper, name="pack-pdf"),
    path(f"{_PACK}lamnat/", packs.hand_out, name="pack-give"),
    path(f"{_PACK}<slug:slug>/", packs.part_page, name="pack-part"),
]

_BATCH = "gallring/<uuid:batch_id>/"
keeping_urls: list[URLPattern | URLResolver] = [
    path("gallring/", keeping.disposal, name="disposal"),
    path("gallring/regler/", keeping.rules, name="disposal-rules"),
    path("gallring/bevara/", keeping.hold_by_number, name="holds"),
    path("gallring/bevara/<uuid:hold_id>/hav/", keeping.lift, name="hold-lift"),
    path(_BATCH, keeping.batch, name="batch"),
    path(f"{_BATCH}godkann/", keeping.approve, name="batch-approve"),
    path(f"{_BATCH}avsla/", keeping.refuse, name="batch-refuse"),
    path(f"{_BATCH}stoppa/", keeping.stop, name="batch-stop"),
    path("arenden/<uuid:case_id>/gallring/", keeping.keeping, name="keeping"),
    path("arenden/<uuid:case_id>/gallring/<uuid:hold_id>/hav/", keeping.lift_in_case, name="case-hold-lift"),
]

_PART = "arenden/<uuid:case_id>/aktorer/<uuid:participation_id>/"
agency_urls: list[URLPattern | URLResolver] = [
    path("arbete/vantar/", waiting.waiting, name="waiting"),
    path("oenigheter/", disputes.escalated, name="disputes"),
    path("arenden/<uuid:case_id>/aktorer/begar/", meetings.ask, name="step-ask"),
    path("arenden/<uuid:case_id>/aktorer/oenighet/", disputes.settle, name="dispute"),
    path(f"{_PART}kontakt/", parts.contact, name="contact-person"),
    path(f"{_PART}svar/", parts.answer_for, name="answer-for"),
    path(f"{_STEP}paminn/", waiting.nudge, name="step-nudge"),
    path("arenden/<uuid:case_id>/moten/", meetings.meeting_list, name="meetings"),
    path("arenden/<uuid:case_id>/moten/nytt/", meetings.record, name="meeting-record"),
]

_BREACH = "arenden/<uuid:case_id>/incidenter/<uuid:breach_id>/"
_OFFICER = "dataskydd/incidenter/<uuid:breach_id>/"
breach_urls: list[URLPattern | URLResolver] = [
    path("arenden/<uuid:case_id>/incidenter/", breaches.breach_list, name="breaches"),
    path("arenden/<uuid:case_id>/incidenter/ny/", breaches.report, name="breach-report"),
    path(_BREACH, breaches.breach, name="breach"),
    path(f"{_BREACH}atgarder/", breaches.protect, name="breach-protect"),
    path(f"{_BREACH}papper/", breaches.on_paper, name="breach-pdf"),
    path(f"{_BREACH}<uuid:recipient_id>/ge-tillbaka/", breaches.restore, name="breach-restore"),
    path("dataskydd/incidenter/", officer.breach_list, name="officer-breaches"),
    path(_OFFICER, officer.breach, name="officer-breach"),
    path(f"{_OFFICER}bedomning/", officer.assess, name="officer-assess"),
    path(f"{_OFFICER}avsluta/", officer.close, name="officer-close"),
    path(f"{_OFFICER}papper/", officer.on_paper, name="officer-pdf"),
    path(f"{_OFFICER}<uuid:recipient_id>/ge-tillbaka/", officer.restore, name="officer-restore"),
]

urlpatterns = [
    *breach_urls,
    *guard_urls,
    *safety_urls,
    *subject_urls,
    *move_urls,
    *draft_urls,
    *incident_urls,
    *referral_urls,
    *work_urls,
    *agency_urls,
    *keeping_urls,
    *case_urls,
]
