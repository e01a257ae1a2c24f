"""Consent and sharing on screen: what each may see there, and what the forms take and refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.enums import AgencyKind
from cases.enums import Category, GroundKind, Status
from cases.models import Consent, Disclosure, LegalGround, Participation, PrivacyStatement, Withdrawal
from cases.services import granting
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.cases.conftest import CHILD
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db
NAME, STORY = "Björk-27", "Arbetar sju dagar"
GIVEN: dict[str, Any] = {
    "scope": ["shelter", "iom"], "given_on": "2026-11-20", "form": "oral", "language": "ro",
    "interpreter": "yes", "words": "Hon vill ha hjälp hem.", "explained": "on",
}  # fmt: skip
TAKEN: dict[str, Any] = {
    "scope": ["police"], "withdrawn_on": "2026-11-22", "form": "oral", "words": "Inte polisen.",
}  # fmt: skip
PAGES = ("", "samtycke/", "information/", "aterkalla/", "utlamnat/", "berattat/")


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer).case, karin)


def at(case: Any, page: str = "") -> str:
    return f"/arenden/{case.pk}/delning/{page}"


def part_of(who: Any) -> Participation:
    return Participation.objects.get(agency_id=who.agency_id, is_referrer=False)


# --- who sees what on it -----------------------------------------------------------------------------------


def test_the_desk_reads_consent_as_a_sentence_and_opens_every_page(case: Any, karin: Any) -> None:
    in_case(case, karin)
    client = browser(karin)
    page = text_of(client.get(at(case)))
    assert "Personen samtycker till att" in page and "20 november 2026" in page and "Aktör police" in page
    assert {client.get(at(case, part)).status_code for part in PAGES} == {200}
    assert "Samtycke och delning" in text_of(client.get(f"/arenden/{case.pk}/"))


def test_an_agency_reads_its_own_ground_and_nobody_elses(case: Any, karin: Any) -> None:
    police = in_case(case, karin, categories=("situation",))
    in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, categories=("health",))
    client = browser(police)
    page = text_of(client.get(at(case)))
    assert "Vad har hänt" in page and "Hälsa" not in page and "Aktör social_services_adult" not in page
    assert "Personen samtycker" not in page and "Återkallat" not in page
    assert {part: client.get(at(case, part)).status_code for part in PAGES[1:]} == {
        "samtycke/": 403, "information/": 403, "aterkalla/": 403, "utlamnat/": 404, "berattat/": 403,
    }  # fmt: skip
    assert client.post(at(case, "utlamnat/papper/")).status_code == 404
    row = part_of(police)
    assert client.get(at(case, f"{row.pk}/")).status_code == 403


def test_whom_else_she_trusts_is_not_read_in_the_referral_either(case: Any, karin: Any) -> None:
    police = in_case(case, karin, categories=("situation",))
    scope = "Vilka fler än regionkoordinatorn får ta del av uppgifterna?"
    url = f"/arenden/{case.pk}/"
    theirs, own = text_of(browser(police).get(url)), text_of(browser(karin).get(url))
    assert scope in own and STORY in theirs and scope not in theirs
    row = Participation.objects.get(agency=police.agency)
    look = browser(karin).post(at(case, f"{row.pk}/"), ground(grund=str(row.ground_id), do="look"))
    assert STORY in text_of(look) and scope not in text_of(look)


def test_an_agency_with_its_checklist_alone_learns_no_more(case: Any, karin: Any) -> None:
    page = text_of(browser(in_case(case, karin, categories=())).get(at(case)))
    assert "Bara checklistan" in page or "checklista" in page
    assert "samtycker" not in page and "tolk" not in page


def test_invited_agencies_and_strangers_get_404(case: Any, karin: Any, on_duty: Any, referrer: Any) -> None:
    for who in (in_case(case, karin, answers=False), on_duty("syd"), on_duty("national"), referrer):
        assert {browser(who).get(at(case, part)).status_code for part in PAGES} == {404}
        for part in ("samtycke/", "aterkalla/", "utlamnat/papper/", "hanvisning/"):
            assert browser(who).post(at(case, part)).status_code == 404


def test_other_agencies_do_not_read_of_it_in_the_history(case: Any, karin: Any) -> None:
    social = in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT)
    in_case(case, karin)
    browser(karin).post(at(case, "aterkalla/"), TAKEN | {"do": "withdraw"})
    assert "Samtycket återkallades" in text_of(browser(karin).get(f"/arenden/{case.pk}/historik/"))
    page = text_of(browser(social).get(f"/arenden/{case.pk}/historik/"))
    assert "återkallades" not in page and "Samtycke" not in page.replace("Samtycke och delning", "")


def test_as_many_queries_for_many_agencies(case: Any, karin: Any) -> None:
    for kind in (AgencyKind.POLICE,):
        in_case(case, karin, kind)
    client = browser(karin)
    before = {part: queries(client, at(case, part)) for part in ("", "utlamnat/")}
    for _more in range(6):
        in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT,
                agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT))  # fmt: skip
    assert {part: queries(client, at(case, part)) for part in before} == before
    assert max(before.values()) <= 20


# --- registering -------------------------------------------------------------------------------------------


def test_a_consent_is_recorded_as_it_was_given(case: Any, karin: Any) -> None:
    client = browser(karin)
    answer = client.post(at(case, "samtycke/"), GIVEN | {"valid_until": "2026-12-31"})
    assert answer.status_code == 302
    row = Consent.objects.get(case=case, given_scope__contains=["iom"])
    assert (row.language, row.interpreter, str(row.words)) == ("ro", True, GIVEN["words"])
    assert row.valid_until.isoformat() == "2026-12-31" and not row.by_representative
    page = text_of(client.get(at(case)))
    assert "rumänska" in page and "Tolk användes" in page and GIVEN["words"] in page
    assert "31 december 2026" in page
    ngo = AgencyFactory.create(kind=AgencyKind.SHELTER)
    assert "Samtycke den" in text_of(client.get(f"/arenden/{case.pk}/aktorer/bjud-in/?agency={ngo.pk}"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scope": []}, "Välj vem som får ha uppgifterna"),
        ({"scope": ["coordination"]}, "giltigt"),
        ({"given_on": "2026-11-24"}, "framtiden"),
        ({"given_on": "igår"}, "datum"),
        ({"form": ""}, "Välj hur det sades"),
        ({"language": ""}, "Välj språket"),
        ({"interpreter": ""}, "tolk"),
        ({"valid_until": "2026-11-01"}, "har redan passerat"),
        ({"explained": ""}, "återkall"),
        ({"words": "x" * 2001}, "tecken"),
    ],
)
def test_what_is_missing_is_said_at_the_field_and_what_was_typed_stays(
    case: Any, karin: Any, change: dict[str, Any], words: str
) -> None:
    page = browser(karin).post(at(case, "samtycke/"), GIVEN | change)
    assert page.status_code == 200 and words in text_of(page) and "error-summary" in page.content.decode()
    assert Consent.objects.filter(case=case).count() == 1
    if "words" not in change:
        assert GIVEN["words"] in text_of(page)


def test_for_a_child_it_is_said_who_gave_it(karin: Any, on_duty: Any, referrer: Any, send: Any) -> None:
    elsa = on_duty("stockholm-children")
    child = accepted(send(referrer, CHILD).case, elsa)
    client = browser(elsa)
    assert "skyldighetsvägen" in text_of(client.get(at(child)))
    bare = client.post(at(child, "samtycke/"), GIVEN | {"giver": "representative"})
    assert "Skriv vem som gav samtycket" in text_of(bare)
    client.post(at(child, "samtycke/"), GIVEN | {"giver": "representative", "representative": "God man, Ek"})
    row = Consent.objects.get(case=child)
    assert row.by_representative and str(row.representative) == "God man, Ek"
    assert "God man, Ek" in text_of(client.get(at(child)))
    assert "giver" not in client.get(at(accepted(send(referrer).case, karin), "samtycke/")).content.decode()


def test_information_on_personal_data(case: Any, karin: Any) -> None:
    client = browser(karin)
    assert "inte antecknat" in text_of(client.get(at(case)))
    told = {"given_on": "2026-11-21", "form": "oral", "language": "th", "interpreter": "yes"}
    client.post(at(case, "information/"), told)
    row = PrivacyStatement.objects.get(case=case)
    assert (row.language, row.interpreter, row.recorded_by_id) == ("th", True, karin.user_id)
    assert "thailändska" in text_of(client.get(at(case)))
    police = text_of(browser(in_case(case, karin)).get(at(case)))
    assert "21 november 2026" in police and "thailändska" not in police


# --- withdrawing -------------------------------------------------------------------------------------------


def test_what_it_means_is_shown_before_anything_happens(case: Any, karin: Any) -> None:
    police = in_case(case, karin, categories=("situation", "identity"))
    client = browser(karin)
    page = client.post(at(case, "aterkalla/"), TAKEN)
    text = text_of(page)
    assert "Ingenting har hänt ännu" in text and "Aktör police" in text and "Vad har hänt" in text
    assert not Withdrawal.objects.exists() and browser(police).get(f"/arenden/{case.pk}/").status_code == 200
    back = client.post(at(case, "aterkalla/"), TAKEN | {"do": "edit"})
    assert TAKEN["words"] in text_of(back)
    done = client.post(at(case, "aterkalla/"), TAKEN | {"do": "withdraw"}, follow=True)
    assert "har förlorat sin insyn" in text_of(done)
    assert browser(police).get(f"/arenden/{case.pk}/").status_code == 404
    assert TAKEN["words"] in text_of(client.get(at(case)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scope": []}, "Välj vad personen återkallar"),
        ({"scope": ["iom"]}, "giltigt"),
        ({"withdrawn_on": "2026-11-24"}, "framtiden"),
        ({"form": ""}, "Välj hur det sades"),
    ],
)
@pytest.mark.parametrize("do", ["look", "withdraw"])
def test_a_withdrawal_that_says_too_little(
    case: Any, karin: Any, change: dict[str, Any], words: str, do: str
) -> None:
    in_case(case, karin)
    page = browser(karin).post(at(case, "aterkalla/"), TAKEN | change | {"do": do})
    assert page.status_code == 200 and words in text_of(page) and not Withdrawal.objects.exists()


def test_after_the_coordinators_own_consent_has_gone(case: Any, karin: Any) -> None:
    client = browser(karin)
    client.post(at(case, "aterkalla/"), TAKEN | {"scope": ["coordinator"], "do": "withdraw"})
    case.refresh_from_db()
    assert case.status == Status.CLOSED
    page = text_of(client.get(f"/arenden/{case.pk}/"))
    assert STORY not in page and NAME not in page
    for part in ("historik/", "personen/", "papper/"):
        assert client.get(f"/arenden/{case.pk}/{part}").status_code in (403, 404)
    own = text_of(client.get(at(case)))
    assert "rubriken" in own and TAKEN["words"] not in own
    assert "Registrera ett nytt samtycke först" in text_of(
        client.post(f"/arenden/{case.pk}/ateroppna/", follow=True)
    )
    client.post(at(case, "samtycke/"), GIVEN | {"scope": ["coordinator"]})
    assert STORY in text_of(client.get(f"/arenden/{case.pk}/"))


# --- grounds -----------------------------------------------------------------------------------------------


def ground(**more: Any) -> dict[str, Any]:
    return {"ground": "osl_10_23", "categories": ["situation"], "purpose": "Utredning", "grund": ""} | more


def test_a_ground_is_seen_as_the_agency_will_see_it_and_then_shared(case: Any, karin: Any) -> None:
    police = in_case(case, karin, categories=())
    row, client = part_of(police), browser(karin)
    url = at(case, f"{row.pk}/")
    form = client.get(url)
    assert "OSL 10 kap. 23 §" in text_of(form) and "OSL 10:27" not in text_of(form)
    old = str(row.ground_id)
    look = client.post(url, ground(grund=old, do="look"))
    text = text_of(look)
    assert "så som Aktör police kommer att se det" in text and STORY in text and NAME not in text
    assert "Tryggt boende" not in text, "needs were not shared"
    assert LegalGround.objects.filter(agency=police.agency).count() == 1
    theirs = browser(police)
    assert STORY not in text_of(theirs.get(f"/arenden/{case.pk}/"))
    assert client.post(url, ground(grund=old, do="save")).status_code == 302
    assert STORY in text_of(theirs.get(f"/arenden/{case.pk}/"))
    ended = LegalGround.objects.get(pk=old)
    assert ended.end_reason == "replaced" and Disclosure.objects.filter(categories=["situation"]).count() == 1


def test_the_look_is_what_the_agency_then_gets(case: Any, karin: Any) -> None:
    """One truth: every part of the referral on the agency's page stood on the look, and no more."""
    police = in_case(case, karin, categories=("situation", "health"))
    row, client = part_of(police), browser(karin)
    asked = ground(grund=str(row.ground_id), categories=["situation", "health"], do="look")
    look = client.post(at(case, f"{row.pk}/"), asked)
    page = browser(police).get(f"/arenden/{case.pk}/")
    assert [p.title for p in look.context["head"].glance.parts] == [
        p.title for p in page.context["head"].glance.parts
    ]
    assert [r for p in look.context["head"].glance.parts for r in p.rows] == [
        r for p in page.context["head"].glance.parts for r in p.rows
    ]
    assert "klar/" not in look.content.decode(), "nothing can be done from it"


def test_a_protected_identity_does_not_open_on_the_look(karin: Any, referrer: Any, send: Any) -> None:
    case = accepted(send(referrer, protected_identity="secrecy_marking").case, karin)
    row = part_of(in_case(case, karin, categories=("identity",)))
    look = browser(karin).post(at(case, f"{row.pk}/"), ground(categories=["identity"], do="look"))
    assert NAME not in text_of(look) and not look.context["head"].sight.may_open_identity


@pytest.mark.parametrize("do", ["look", "save"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ground": "osl_10_27"}, "giltigt"),
        ({"ground": "osl_10_21"}, "giltigt"),
        ({"ground": "osl_10_15a", "categories": ["health"]}, "tillåter inte att dela"),
        ({"purpose": ""}, "Skriv varför aktören behöver uppgifterna"),
        ({"valid_until": "2026-11-01"}, "passerat"),
        ({"categories": ["everything"]}, "giltigt"),
    ],
)
def test_what_the_matrix_blocks_cannot_be_chosen(
    case: Any, karin: Any, change: dict[str, Any], words: str, do: str
) -> None:
    row = part_of(in_case(case, karin))
    page = browser(karin).post(at(case, f"{row.pk}/"), ground(do=do) | change)
    if change.get("valid_until") and do == "look":
        assert page.status_code == 200
    else:
        assert words in text_of(page)
    assert LegalGround.objects.filter(agency=row.agency).count() == 1


def test_a_second_ground_beside_the_first_and_its_end(case: Any, karin: Any) -> None:
    police = in_case(case, karin, categories=("health",))
    row, client = part_of(police), browser(karin)
    client.post(at(case, f"{row.pk}/"), ground(do="save"))
    page = text_of(browser(police).get(f"/arenden/{case.pk}/"))
    assert STORY in page and "Tryggt boende" in page
    second = LegalGround.objects.get(agency=police.agency, kind=GroundKind.PROVISION)
    client.post(at(case, f"{row.pk}/{second.pk}/avsluta/"))
    assert STORY not in text_of(browser(police).get(f"/arenden/{case.pk}/"))
    last = client.post(at(case, f"{row.pk}/{row.ground_id}/avsluta/"), follow=True)
    assert "enda grund" in text_of(last) and Category.HEALTH in part_of(police).ground.categories


def test_parts_of_other_cases_are_404(case: Any, karin: Any, referrer: Any, send: Any) -> None:
    other = accepted(send(referrer).case, karin)
    row = part_of(in_case(case, karin))
    client = browser(karin)
    assert client.get(at(other, f"{row.pk}/")).status_code == 404
    assert client.post(at(other, f"{row.pk}/{row.ground_id}/avsluta/")).status_code == 404
    mine = part_of(in_case(other, karin, AgencyKind.SOCIAL_SERVICES_ADULT))
    assert client.get(at(other, f"{mine.pk}/?grund={row.ground_id}")).status_code == 404
    assert client.get(at(other, f"{mine.pk}/?grund=x")).status_code == 404


def test_a_desk_that_has_stepped_back_neither_reads_by_the_look_nor_opens_anything(
    case: Any, karin: Any
) -> None:
    """The Migration Agency stands on a provision and stays; the desk keeps the heading alone."""
    migration = in_case(case, karin, kind=AgencyKind.MIGRATION_AGENCY, ground="osl_10_2", categories=())
    row, client = part_of(migration), browser(karin)
    client.post(at(case, "aterkalla/"), TAKEN | {"scope": ["coordinator"], "do": "withdraw"})
    everything = ground(ground="osl_10_2", categories=["situation", "health"])
    for do in ("look", "save"):
        answer = client.post(at(case, f"{row.pk}/"), everything | {"do": do})
        assert answer.status_code == 403 and STORY not in answer.content.decode()
    assert client.get(at(case, f"{row.pk}/")).status_code == 403
    assert not LegalGround.objects.filter(agency=migration.agency).exclude(categories=[]).exists()
    with pytest.raises(PermissionDenied):
        granting.change(
            participation_id=row.pk, replaces=None, ground="osl_10_2", categories=["situation"], purpose="",
            valid_until=None, by=karin,
        )  # fmt: skip
