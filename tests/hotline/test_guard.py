"""The free texts of a call say nothing that points somebody out, and say so without losing a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from coordinators.services import guard, load_reference

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _map(db: None, freeze: Callable[[str], datetime]) -> None:
    load_reference()
    freeze("2026-11-18 10:20")


REFUSED = [
    "Numret är 19870214-2391",
    "ring henne på 0704-55 12 88",
    "hon nås på +40 721 555 019",
    "skriv till lena.k@exempel.se",
    "K 4455667-25 hos polisen",
    "född 4/7",
    "Född den 12 mars 2001",
    "hon är född 010312",
    "f. 2001-03-12",
    "12.3.2001 enligt passet",
    "pass 19991231",
    "born on 7 May 1998",
    "March 3, 2004",
    "８７０２１４-２３９１",
    "mobil 701740605",
    "nås på 73-174 06 05",
    "numret börjar 900161",
]


def test_numbers_addresses_and_dates_of_birth_are_refused() -> None:
    assert [text for text in REFUSED if not guard.look(text).refused] == []
    assert guard.look(REFUSED[0], accepted=[REFUSED[0]]).refused, "saying it is no name does not help"


def test_public_numbers_and_days_of_what_happened_are_no_harm() -> None:
    for text in (
        "Hänvisad till 112 och 114 14, senare 116 016 eller 020-39 00 00",
        "Det hände 2026-11-16, i måndags",
        "Hon har arbetat sedan 3 september 2025",
        "Två kvinnor, omkring 25 och 30 år",
        "Lön 14000 kr i månaden, skuld 250 000 kr",
        "Sambon har lovat 70 000 kr och 7 000 000 dong, 12 personer i 2 rum",
        "Betänketid 30 dagar, 5 kap. 15 § utlänningslagen (2005:716)",
    ):
        assert guard.look(text) == guard.Doubt(), text


def test_what_looks_like_a_name_is_asked_about() -> None:
    for text, names in (
        ("Kvinnan Danuta arbetar på gården", ("Danuta",)),
        ("Hon bor hos Vasile Bratu sedan i maj", ("Vasile Bratu",)),
        ("Larisa vill inte prata med polisen", ("Larisa",)),
        ("Hon heter somsri, säger hon", ("somsri",)),
        ("Larisas bror ringer hela tiden.\nBogdan har passet", ("Larisas", "Bogdan")),
        ("The woman is called Blessing", ("Blessing",)),
        ("Rodica vill inte anmäla", ("Rodica",)),
        ("kvinnan maria karlsson bor kvar, säger grannen ewa nowak", ("maria karlsson", "ewa nowak")),
    ):
        doubt = guard.look(text)
        assert (doubt.refused, doubt.names) == ("", names)
        assert guard.look(text, accepted=names) == guard.Doubt()


def test_places_agencies_and_countries_are_no_names() -> None:
    for text in (
        "En man från Rumänien arbetar i Örnsköldsvik utan lön. Polisen och Migrationsverket vet.",
        "Ringer från Socialtjänsten i Upplands Väsby, frågar om SoL och LVU.",
        "Hon kom till Sverige via Italien. Nu i Kalmar län. Vill veta mer om IOM.",
        "Har talat med Kvinnofridslinjen och Regionkoordinatorn i Bergslagen",
        "Kollegan undrar: Gäller samtycke? Hur länge? Vad säger manualen?",
        "Annonser på Facebook och Telegram; betalning med Swish.",
        "- Boende\n- Tolk\n- Vård",
    ):
        assert guard.look(text) == guard.Doubt(), text


def test_the_answer_says_what_to_take_away() -> None:
    doubt = guard.look("Hon nås på 0704-55 12 88")
    assert "0704-55 12 88" in guard.words(doubt)
    assert "Danuta" in guard.words(guard.look("Kvinnan Danuta arbetar"))
