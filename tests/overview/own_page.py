"""What tests of the pages of true numbers share: a page as its reader sees it, and two cases made one."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client

from accounts.access import Assignment
from cases.models import Case
from cases.services import merge_choices, merging, triage
from nrm_portal.overview import own

PAGE, LIST = "/statistik/egna/", "/statistik/egna/arenden/"


def text_of(response: Any) -> str:
    return str(response.content.decode())


def shown(by: Assignment, **query: str) -> own.Own:
    desks = own.desks_seen(by)
    choice = own.choice_of(query, desks)
    return own.of_desks(by, choice) if desks else own.of_agency(by, choice)


def number(page: own.Own, place: int = 0) -> str:
    """A key number, without its link."""
    return re.sub("<.*?>", "", page.numbers[place].value)


def card(page: own.Own, key: str) -> Any:
    return next(one for part in page.parts for one in part.cards if one.key == key)


def row(page: own.Own, key: str, heading: str) -> list[str]:
    """The numbers of one line of a card's table, without their links."""
    line = next(one for one in card(page, key).table.rows if str(one[0]) == heading)
    return [re.sub("<.*?>", "", str(cell)) for cell in line[1:]]


def links(page: str) -> list[tuple[int, str]]:
    """Every number of a page that leads to cases, and the address."""
    found = re.findall(rf'<a href="({LIST}[^"]*)">(\d+)</a>', page)
    return [(int(number), unescape(url)) for url, number in found]


def listed(client: Client, url: str) -> set[str]:
    """References of the cases a list shows."""
    response = client.get(url)
    assert response.status_code == 200
    return set(re.findall(r'<span class="ref">([^<]+)</span>', text_of(response)))


def merge(survivor: Case, absorbed: Case, by: Assignment) -> None:
    """Two cases about one person become one, with the referrals of both."""
    triage.accept(case_id=absorbed.pk, by=by)
    one, other = Case.objects.get(pk=survivor.pk), Case.objects.get(pk=absorbed.pk)
    choices = {row.key: "survivor" for row in merge_choices.differences(one, other)}
    merging.merge(survivor_id=one.pk, absorbed_id=other.pk, choices=choices, secrecy=True, by=by)
