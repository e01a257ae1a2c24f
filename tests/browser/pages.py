"""Every page of the portal, by the person who opens it; `test_every_page` proves the list complete.

`{case}`, `{step}` ... stand for what `Things` finds in the portal under test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, LiteralString

from tests.browser.portal import (
    ADMINISTRATOR,
    AUDITOR,
    CASEWORKER,
    COORDINATOR,
    NATIONAL,
    OPERATOR,
    PROTECTION_OFFICER,
    Portal,
)

INVITED = "emma.brink@demo.example"
RAIDER = "nils.fjall@demo.example"
"""Has sent an event with several persons, of whom one is left."""
AGENCY = "agency worker"
"""Whoever takes part in the case `{shared}`; found in the portal."""


@dataclass(frozen=True)
class Visit:
    """One address, asked for by one person; "" is nobody."""

    who: str
    path: str
    status: int = 200


SECTIONS = ("fara", "samtycke", "personen", "plats", "handelse", "behov")
CASE = (
    "",
    "checklista/",
    "personen/",
    "personen/kontakt/",
    "personen/medfoljande/",
    "alder/",
    "misstanke/",
    "handlingar/",
    "saknad/",
    "meddelanden/",
    "aktorer/",
    "aktorer/begar/",
    "moten/",
    "moten/nytt/",
    "datum/",
    "historik/",
    "atkomstlogg/",
    "papper/",
    "skydd/",
)
EVENT = ("handelsen", "behov", "klistra-in", "personer/ny", "kontrollera", "kvitto")
DECISIONS = ("ta-emot", "fraga", "skicka-vidare", "parkera", "tilldela", "tas-inte-vidare", "vack")
SHARING = ("", "samtycke/", "information/", "aterkalla/", "utlamnat/", "berattat/")
PERIODS = ("", "period/", "{period}/forlang/", "{period}/avsluta/")
RETURN = ("", "nytt/", "{plan}/del/documents/", "{plan}/stoppa/", "{plan}/klar/")
SAFETY = (
    "personen/medfoljande/{along}/",
    "personen/medfoljande/{along}/koppla/",
    "handlingar/{document}/ta-bort/",
    "meddelanden/anteckning/{note}/skicka/",
)
REQUEST = ("", "identitet/", "arende/", "forlang/", "avsluta/")
PACK = ("", "ord/", "tillbaka/", "lamnat/", "anteckningar/")
BREACH = ("", "{breach}/", "{breach}/bedomning/")
REVIEW = (
    "", "arenden/", "arenden/{case}/", "personer/", "personer/{user}/", "kopior/", "nekat/", "larm/",
    "larm/{alert}/", "stickprov/", "stickprov/{samples}/",
)  # fmt: skip
ADMIN = "/admin-sidor/"
REGIONS = f"{ADMIN}regioner/"


def _of(who: str, *paths: str, status: int = 200) -> list[Visit]:
    return [Visit(who, path, status) for path in paths]


TEXTS: Final = (
    "texter/", "kapitel/2/", "stycken/2-3-3/", "tecken/", "tecken/docs_debt.docs_held/",
    "tecken/grupp/recruit/", "datum/", "datum/identified/", "begrepp/", "begrepp/betanketid/", "kallor/",
    "kallor/UTL/", "prova/",
)  # fmt: skip
VISITS: Final[list[Visit]] = [
    *_of(COORDINATOR, "/inkorg/vyer/", "/inkorg/vyer/ny/?vy=alla&county=03", "/inkorg/vyer/{view}/"),
    *_of(COORDINATOR, "/installningar/aviseringar/", "/installningar/kalender/"),
    *_of(COORDINATOR, "/installningar/organisationer/", "/bekrafta/organisation/"),
    *_of("", "/om-portalen/", "/ar-du-utsatt/", "/dolj-besoket/", "/tillganglighet/", "/personuppgifter/"),
    *_of("", "/logga-in/", "/logga-in/avstangd/", "/demo/", "/ui/"),
    *_of("", "/inbjudan/", status=410),
    *_of(CASEWORKER, "/arbete/", "/hanvisning/", "/hanvisning/ny/", "/hanvisning/{draft}/"),
    *_of(CASEWORKER, *(f"/hanvisning/{{draft}}/{slug}/" for slug in SECTIONS)),
    *_of(CASEWORKER, *(f"/hanvisning/{{draft}}/{part}/" for part in ("kontrollera", "ta-bort", "laget"))),
    *_of(CASEWORKER, "/handelser/", "/handelser/ny/"),
    *_of(RAIDER, "/handelser/{event}/", *(f"/handelser/{{event}}/{part}/" for part in EVENT)),
    *_of(CASEWORKER, "/hanvisningar/", "/hanvisningar/{referral}/", "/hanvisningar/{referral}/kvitto/"),
    *_of(CASEWORKER, "/aviseringar/", "/sok/", "/arenden/", "/arenden/?visa=avslutade", "/statistik/"),
    *_of(CASEWORKER, "/statistik/sa-raknar-vi/", "/valj-uppdrag/", "/forsta-gangen/", "/installningar/"),
    *_of(CASEWORKER, "/installningar/losenord/", "/installningar/sessioner/", "/installningar/sakerhet/"),
    *_of(CASEWORKER, "/installningar/sakerhet/app/", "/installningar/sakerhet/nycklar/"),
    *_of(CASEWORKER, "/installningar/sakerhet/nycklar/ny/", "/installningar/sakerhet/reservkoder/nya/"),
    *_of(CASEWORKER, "/bekrafta/"),
    *_of(CASEWORKER, "/arenden/{case}/", "/finns-inte/", status=404),
    *_of(CASEWORKER, "/inkorg/", status=403),
    *_of(COORDINATOR, "/arbete/", "/inkorg/", "/inkorg/?vy=alla", "/inkorg/{received}/", "/arenden/"),
    *_of(COORDINATOR, *(f"/arenden/{{case}}/{part}" for part in CASE)),
    *_of(COORDINATOR, *(f"/arenden/{{received}}/{verb}/" for verb in DECISIONS)),
    *_of(COORDINATOR, "/arenden/{asked}/", "/arenden/{asked}/ta-tillbaka/", "/arenden/{consultation}/"),
    *_of(COORDINATOR, "/arenden/{protected}/personen/", "/arenden/{case}/aktorer/bjud-in/"),
    *_of(COORDINATOR, "/arenden/{case}/checklista/{step}/", "/arenden/{case}/avsluta/"),
    *_of(COORDINATOR, "/arenden/{closed}/", "/arenden/{closed}/ateroppna/", "/statistik/"),
    *_of(COORDINATOR, "/statistik/egna/", "/statistik/egna/arenden/?lan=03", "/statistik/egna/arenden/"),
    *_of(COORDINATOR, "/arenden/{closed}/gallring/", "/gallring/", "/gallring/regler/"),
    *_of(PROTECTION_OFFICER, "/gallring/", "/gallring/bevara/", "/gallring/{batch}/"),
    *_of(COORDINATOR, "/arenden/{gone}/", status=410),
    *_of(COORDINATOR, "/arenden/{case}/ta-emot/", status=409),
    *_of(
        COORDINATOR, REGIONS, f"{REGIONS}prova/", f"{REGIONS}prova/?municipality=2480&age=adult&on=2026-11-22"
    ),
    *_of(COORDINATOR, f"{REGIONS}{{desk}}/", f"{REGIONS}min-franvaro/"),
    *_of(COORDINATOR, *(f"/arenden/{{case}}/delning/{part}" for part in SHARING)),
    *_of(COORDINATOR, "/arenden/{consultation}/delning/", "/arenden/{shared}/delning/{part}/"),
    *_of(AGENCY, "/arenden/{shared}/delning/"),
    *_of(COORDINATOR, "/arbete/vantar/?visa=alla", "/arenden/{disputed}/aktorer/oenighet/"),
    *_of(COORDINATOR, "/arenden/{invited_case}/aktorer/{invitation}/svar/"),
    *_of(AGENCY, "/arbete/vantar/", "/arenden/{shared}/aktorer/{part}/kontakt/"),
    *_of(NATIONAL, "/oenigheter/", "/nodatkomst/"),
    *_of(PROTECTION_OFFICER, "/dataskydd/nodatkomst/", "/dataskydd/nodatkomst/{glass}/"),
    *_of(COORDINATOR, "/arenden/{guarded}/skydd/", "/arenden/{guarded}/personen/"),
    *_of(COORDINATOR, *(f"/arenden/{{counting}}/datum/{part}" for part in PERIODS)),
    *_of(COORDINATOR, *(f"/arenden/{{returning}}/atervandande/{part}" for part in RETURN), "/atervandanden/"),
    *_of(NATIONAL, "/atervandanden/"),
    *_of(COORDINATOR, "/arenden/{case}/lamna-over/", "/arenden/{case}/javig/"),
    *_of(COORDINATOR, "/arenden/{case}/sla-ihop/", "/arenden/{case}/tidigare/"),
    *_of(COORDINATOR, "/arenden/{case}/traff/nagon/tidigare/", "/arenden/{merged}/dela-upp/{merge}/"),
    *_of(COORDINATOR, *(f"/arenden/{{safe}}/{part}" for part in SAFETY)),
    *_of(COORDINATOR, "/arenden/{handed}/overlamning/", "/arenden/{sent_on}/sand-tillbaka/"),
    *_of(NATIONAL, "/arenden-javiga/", "/routningsforslag/"),
    *_of(ADMINISTRATOR, f"{ADMIN}anvandare/{{user}}/lamnar/", f"{ADMIN}uppdrag/{{membership}}/lamnar/"),
    *_of(AGENCY, "/arbete/", "/arenden/", "/arenden/{shared}/", "/arenden/{shared}/checklista/"),
    *_of(
        AGENCY, "/arenden/{shared}/meddelanden/", "/arenden/{shared}/checklista/{own_step}/", "/aviseringar/"
    ),
    *_of(INVITED, "/inbjudningar/{invitation}/", "/arbete/"),
    *_of(
        NATIONAL, "/statistik/", "/statistik/sa-raknar-vi/", "/statistik/hamta/", "/inkorg/", "/jobb/", ADMIN
    ),
    *_of(
        NATIONAL, "/arenden/{unplaced}/", "/arenden/{unplaced}/placera/", f"{REGIONS}ny/", f"{REGIONS}lan/03/"
    ),
    *_of(NATIONAL, *(f"{REGIONS}{{desk}}/{part}/" for part in ("andra", "stang", "tjanst", "franvaro"))),
    *_of(NATIONAL, f"{REGIONS}tjanst/{{duty}}/", f"{REGIONS}franvaro/{{absence}}/"),
    *_of(OPERATOR, "/arbete/", "/hanvisning/"),
    *_of(OPERATOR, "/samtal/", "/samtal/nytt/", "/samtal/{call}/", "/samtal/{open_call}/"),
    *_of(OPERATOR, "/samtal/ring-upp/", "/samtal/ring-upp/{callback}/", "/samtal/ring-upp/{callback}/vem/"),
    *_of(OPERATOR, "/samtal/{open_call}/ring-upp/", "/samtal/oppettider/", "/samtal/bemanning/"),
    *_of(NATIONAL, "/samtal/ring-upp/", "/samtal/oppettider/andra/", "/samtal/oppettider/dag/"),
    *_of(NATIONAL, "/samtal/bemanning/", "/samtal/bemanning/ny/"),
    *_of(OPERATOR, "/samtal/{open_call}/tidigare/", "/samtal/{open_call}/hanvisning/"),
    *_of(OPERATOR, "/samtal/{open_call}/arende/", "/samtal/{call}/ratta/", "/samtal/statistik/"),
    *_of(NATIONAL, "/samtal/statistik/", "/samtal/statistik/?period={year}"),
    *_of(NATIONAL, *(f"/statistik/?period={{{name}}}" for name in ("year", "quarter", "month"))),
    *_of(NATIONAL, "/statistik/?period={year}&matt=invanare&jamfor=inget"),
    *_of(COORDINATOR, "/statistik/egna/?matt=invanare&jamfor=narmast-fore"),
    *_of(CASEWORKER, "/samtal/hamta-utkast/"),
    *_of("", "/samtal/fraga/"),
    *_of(CASEWORKER, "/samtal/fraga/"),
    *_of(ADMINISTRATOR, ADMIN, f"{ADMIN}anvandare/", f"{ADMIN}anvandare/ny/", f"{ADMIN}anvandare/{{user}}/"),
    *_of(ADMINISTRATOR, f"{ADMIN}anvandare/{{user}}/uppdrag/", f"{ADMIN}uppdrag/{{membership}}/"),
    *_of(ADMINISTRATOR, f"{ADMIN}aktorer/", f"{ADMIN}aktorer/ny/", f"{ADMIN}aktorer/{{agency}}/", "/jobb/"),
    *_of(AUDITOR, "/arbete/", "/manual/", "/manual/1/", "/manual/1/1-2/", "/manual/7/{actor}/"),
    *_of(AUDITOR, *(f"/granskning/{part}" for part in REVIEW)),
    *_of(PROTECTION_OFFICER, "/dataskydd/", "/dataskydd/begaranden/", "/dataskydd/begaranden/ny/"),
    *_of(PROTECTION_OFFICER, *(f"/dataskydd/begaranden/{{request}}/{part}" for part in REQUEST)),
    *_of(PROTECTION_OFFICER, *(f"/dataskydd/utdrag/{{pack}}/{part}" for part in PACK)),
    *_of(PROTECTION_OFFICER, *(f"/dataskydd/incidenter/{part}" for part in BREACH)),
    *_of(COORDINATOR, *(f"/arenden/{{wronged}}/incidenter/{part}" for part in ("", "ny/", "{breach}/"))),
    *_of(COORDINATOR, "/manual/1/1-5/?arende={case}"),
    *_of(PROTECTION_OFFICER, "/manual/versioner/", "/manual/versioner/1/", "/manual/3/3-2/?aktor=police"),
    *_of(NATIONAL, "/manual/utgavor/1/jamfor/", "/statistik/utgavor/"),
    *_of(COORDINATOR, "/statistik/arendedata/", "/statistik/vyer/", "/statistik/vyer/ny/?period=2025-Q4"),
    *_of(COORDINATOR, "/statistik/vyer/{figures}/andra/"),
    *_of(COORDINATOR, "/statistik/verksamhet/{desk}/", "/verksamhet/{desk}/ny/"),
    *_of(COORDINATOR, "/verksamhet/anteckning/{work_note}/", "/statistik/verksamhet/rapport/{desk_report}/"),
    *_of(COORDINATOR, "/statistik/verksamhet/rapport/{desk_report}/hamta/"),
    *_of(NATIONAL, "/statistik/verksamhet/", "/statistik/tidigare-ar/"),
    *_of(COORDINATOR, "/arenden/{case}/utgava/"),
    *_of(NATIONAL, "/manual/utgavor/1/filer/", "/manual/utgavor/filer/", "/manual/skriv-ut/?del=2-3"),
    *_of(NATIONAL, *(f"/manual/utgavor/1/{part}" for part in TEXTS)),
    *_of(NATIONAL, *(f"/manual/utgavor/{part}" for part in ("", "ny/", "1/", "1/steg/"))),
    *_of(NATIONAL, "/manual/utgavor/1/steg/ident.rc.assess/"),
    *_of(AUDITOR, "/hanvisning/promptblad/"),
    *_of(PROTECTION_OFFICER, "/manual/sok/?q=orosanmälan", "/manual/sok/?q=finnsinte", "/installningar/"),
]
NOT_HERE: Final = {
    "home": "only leads on",
    "language": "only leads on",
    "quick-exit": "leads away",
    "accounts:invitation": "only leads on",
    "account_login": "the sign-in page, in the library's name",
    "live": "for machines",
    "ready": "for machines",
    "security-txt": "for machines",
    "cases:inbox-news": "a part of the inbox",
    "cases:notice": "only leads on",
    "cases:incident-person": "test_incidents",
    "cases:incident-discard": "asks before deleting, as the draft's page does",
    "cases:pdf": "test_without_script",
    "cases:pdf-download": "a document",
    "manual:paper-ready": "test_manual_paper",
    "manual:paper-file": "a document",
    "overview:report": "test_downloads",
    "overview:report-file": "a document",
    "overview:activity-paper": "as the page of the yearly report",
    "overview:activity-paper-file": "a document",
    "cases:feed": "a calendar",
    **dict.fromkeys(
        (
            "manual:edition-describe",
            "manual:edition-delete",
            "manual:edition-step-new",
            "manual:edition-step-remove",
        ),
        "test_editor",
    ),
    "manual:edition-chapter-new": "an editor like those of test_texts",
    "manual:edition-chapter-remove": "asks once more, as other removals do",
    "manual:edition-paragraph-new": "test_texts",
    "manual:edition-paragraph-retire": "test_texts",
    "manual:edition-retired": "an editor like those of test_texts",
    "manual:edition-sign-new": "test_texts",
    "manual:edition-sign-remove": "asks once more, as other removals do",
    "manual:edition-sign-group-new": "an editor like those of test_texts",
    "manual:edition-sign-group-remove": "asks once more, as other removals do",
    "manual:edition-word-new": "test_texts",
    "manual:edition-word-remove": "asks once more, as other removals do",
    "manual:edition-source-new": "test_texts",
    "manual:edition-source-remove": "asks once more, as other removals do",
    "openid_connect_callback": "leads on, or refuses: tests/accounts/test_organisations.py",
    "mfa_authenticate": "test_session",
    "mfa_reauthenticate": "needs an app",
    "mfa_deactivate_totp": "needs an app",
    "mfa_edit_webauthn": "test_session",
    "mfa_remove_webauthn": "test_session",
}
"""Pages of the access table that are looked at elsewhere, or are none."""

CASES: dict[str, LiteralString] = {
    "case": "c.status = 'active' AND NOT c.is_protected",
    "received": "c.status = 'received' AND c.age_band = 'adult'",
    "asked": "c.status = 'waiting'",
    "closed": "c.status = 'closed'",
    "disputed": "c.id IN (SELECT case_id FROM cases_dispute WHERE settled_at IS NULL)",
}
AT_MITT: LiteralString = (
    "SELECT c.id FROM cases_case c JOIN coordinators_desk d ON d.id = c.desk_id WHERE d.key = 'mitt'"
    " AND NOT c.is_consultation AND NOT c.practice AND "
)
HOLDS: LiteralString = (
    "ended_on IS NULL AND id NOT IN (SELECT extends_id FROM cases_period WHERE extends_id IS NOT NULL)"
    " ORDER BY recorded_at"
)
"""Of the periods: the latest of its chain."""
OUT: LiteralString = "SELECT period FROM overview_publication WHERE period LIKE"
THINGS: dict[str, LiteralString] = {
    "draft": "SELECT id FROM cases_draft ORDER BY started_at",
    "referral": "SELECT r.id FROM cases_referral r JOIN accounts_user u ON u.id = r.referrer_id"
    " WHERE u.email = 'fatima.berg@demo.example' ORDER BY r.sent_at",
    "consultation": "SELECT c.id FROM cases_case c JOIN coordinators_desk d ON d.id = c.desk_id"
    " WHERE c.is_consultation AND d.key = 'mitt'",
    "protected": "SELECT c.id FROM cases_case c JOIN coordinators_desk d ON d.id = c.desk_id"
    " WHERE c.is_protected AND d.key = 'mitt'",
    "unplaced": "SELECT id FROM cases_case WHERE (routing->>'unplaced')::boolean",
    "shared": "SELECT p.case_id FROM cases_participation p WHERE p.status = 'accepted' AND NOT p.is_referrer",
    "invitation": "SELECT p.id FROM cases_participation p JOIN accounts_agency a ON a.id = p.agency_id"
    " WHERE p.status = 'invited' AND a.name = 'Polisen, polisregion Syd'",
    "invited_case": "SELECT p.case_id FROM cases_participation p JOIN accounts_agency a ON a.id = p.agency_id"
    " WHERE p.status = 'invited' AND a.name = 'Polisen, polisregion Syd'",
    "handed": "SELECT h.case_id FROM cases_handover h JOIN coordinators_desk d ON d.id = h.to_desk_id"
    " WHERE h.status = 'open' AND d.key = 'mitt'",
    "sent_on": "SELECT h.case_id FROM cases_handover h JOIN cases_case c ON c.id = h.case_id"
    " WHERE c.routing ->> 'forwarded_from' = h.id::text AND c.status = 'received'",
    "counting": f"SELECT case_id FROM cases_period WHERE {HOLDS}",
    "period": f"SELECT id FROM cases_period WHERE {HOLDS}",
    "returning": "SELECT p.case_id FROM cases_returnplan p JOIN cases_case c ON c.id = p.case_id"
    " WHERE c.status = 'active' ORDER BY p.opened_at",
    "plan": "SELECT p.id FROM cases_returnplan p JOIN cases_case c ON c.id = p.case_id"
    " WHERE c.status = 'active' ORDER BY p.opened_at",
    "merged": "SELECT survivor_id FROM cases_merge WHERE undone_at IS NULL",
    "merge": "SELECT id FROM cases_merge WHERE undone_at IS NULL",
    "safe": "SELECT case_id FROM cases_document",
    "document": "SELECT id FROM cases_document",
    "event": "SELECT i.id FROM cases_incident i JOIN accounts_user u ON u.id = i.owner_id"
    " WHERE u.email = 'nils.fjall@demo.example'",
    "view": "SELECT v.id FROM cases_savedview v JOIN accounts_membership m ON m.id = v.membership_id"
    " JOIN accounts_user u ON u.id = m.user_id"
    " WHERE u.email = 'karin.holm@demo.example' AND v.page = 'inbox'",
    "figures": "SELECT v.id FROM cases_savedview v JOIN accounts_membership m ON m.id = v.membership_id"
    " JOIN accounts_user u ON u.id = m.user_id"
    " WHERE u.email = 'karin.holm@demo.example' AND v.page = 'statistics'",
    "call": "SELECT id FROM hotline_call WHERE ended_at IS NOT NULL AND caller = 'professional'"
    " ORDER BY started_at DESC",
    "open_call": "SELECT c.id FROM hotline_call c JOIN accounts_user u ON u.id = c.operator_id"
    " WHERE c.ended_at IS NULL AND u.email = 'nina.palm@demo.example'",
    "alert": "SELECT id FROM review_alert WHERE verdict = ''",
    "samples": "SELECT id FROM review_samplereport",
    "request": "SELECT request_id FROM cases_datapack WHERE state = 'prepared'",
    "pack": "SELECT id FROM cases_datapack WHERE state = 'prepared'",
    "breach": "SELECT b.id FROM cases_breach b JOIN cases_case c ON c.id = b.case_id JOIN coordinators_desk d"
    " ON d.id = c.desk_id WHERE d.key = 'mitt' AND b.closed_at IS NULL",
    "glass": "SELECT id FROM cases_breakglass ORDER BY closed_at NULLS LAST LIMIT 1",
    "guarded": "SELECT case_id FROM cases_protectionlift WHERE decided_at IS NULL LIMIT 1",
    "wronged": "SELECT b.case_id FROM cases_breach b JOIN cases_case c ON c.id = b.case_id"
    " JOIN coordinators_desk d ON d.id = c.desk_id WHERE d.key = 'mitt' AND b.closed_at IS NULL",
    "batch": "SELECT id FROM cases_disposalbatch ORDER BY proposed_at",
    "gone": "SELECT id FROM cases_case WHERE status = 'disposed'",
    "desk": "SELECT id FROM coordinators_desk WHERE key = 'mitt'",
    "work_note": "SELECT n.id FROM coordinators_activitynote n JOIN accounts_user u ON u.id = n.author_id"
    " WHERE u.email = 'karin.holm@demo.example'",
    "desk_report": "SELECT r.id FROM coordinators_activityreport r JOIN coordinators_desk d"
    " ON d.id = r.desk_id WHERE d.key = 'mitt'",
    "year": f"{OUT} '____' ORDER BY period DESC",
    "quarter": f"{OUT} '____-Q_' ORDER BY period DESC",
    "month": f"{OUT} '____-__' AND period NOT LIKE '%-Q_' ORDER BY period DESC",
    "callback": "SELECT id FROM hotline_callback WHERE done_at IS NULL AND call_id IS NOT NULL",
    "duty": "SELECT id FROM coordinators_duty",
    "absence": "SELECT id FROM coordinators_absence",
    "user": "SELECT id FROM accounts_user WHERE email = 'fatima.berg@demo.example'",
    "membership": "SELECT id FROM accounts_membership",
    "agency": "SELECT id FROM accounts_agency WHERE kind = 'police'",
    "actor": "SELECT split_part(anchor, '-', 1) || '-' || split_part(anchor, '-', 2)"
    " FROM manual_paragraph WHERE anchor LIKE '7-%'",
}

WITHIN: dict[str, tuple[str, LiteralString]] = {
    "step": (
        "case",
        "SELECT id FROM cases_step WHERE case_id = %s AND desk_id IS NOT NULL AND status = 'open'",
    ),
    "own_step": (
        "shared",
        "SELECT s.id FROM cases_step s JOIN cases_participation p ON p.case_id = s.case_id"
        " AND p.agency_id = s.agency_id WHERE s.case_id = %s AND p.status = 'accepted' AND NOT p.is_referrer",
    ),
    "along": ("safe", "SELECT id FROM cases_dependant WHERE case_id = %s"),
    "note": ("safe", "SELECT id FROM cases_note WHERE case_id = %s AND kind = 'view'"),
    AGENCY: (
        "own_step",
        "SELECT u.email FROM cases_step s JOIN accounts_membership m ON m.agency_id = s.agency_id"
        " JOIN accounts_user u ON u.id = m.user_id WHERE s.id = %s AND m.role = 'caseworker'",
    ),
    "part": (
        "own_step",
        "SELECT p.id FROM cases_participation p JOIN cases_step s ON s.agency_id = p.agency_id"
        " AND s.case_id = p.case_id WHERE s.id = %s AND p.status = 'accepted' AND NOT p.is_referrer",
    ),
}
"""Found by another thing: which one, and how."""


class Things(dict[str, str]):
    """What fills the addresses: each is looked for in the portal when an address needs it first."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def __missing__(self, name: str) -> str:
        self[name] = str(self._found(name))
        return self[name]

    def _found(self, name: str) -> Any:
        if name in CASES:
            return self.portal.value(AT_MITT + CASES[name] + " ORDER BY c.received_at")
        if name in WITHIN:
            other, question = WITHIN[name]
            return self.portal.value(question, self[other])
        return self.portal.value(THINGS[name])
