"""Cases for tests of pages: an accepted case, an agency in it, and a signed-in browser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Agency
from cases.models import Case
from cases.services import participation, triage
from tests.factories import AgencyFactory, member, sign_in


def browser(who: Assignment) -> Client:
    """A client signed in as somebody."""
    return sign_in(Client(), who)


def accepted(case: Case, by: Assignment) -> Case:
    triage.accept(case_id=case.pk, by=by)
    case.refresh_from_db()
    return case


def in_case(case: Case, by: Assignment, kind: str = AgencyKind.POLICE, *, ground: str = "consent",
            categories: Iterable[str] = ("situation",), answers: bool = True, agency: Agency | None = None,
            ) -> Assignment:  # fmt: skip
    """A worker of an agency that was invited by the coordinator and, unless told otherwise, takes part."""
    worker = member(Role.CASEWORKER, agency=agency or AgencyFactory.create(kind=kind, name=f"Aktör {kind}"))
    row = participation.invite(case_id=case.pk, agency_id=worker.agency_id, ground=ground,
                               categories=categories, purpose="Samordning", by=by)  # fmt: skip
    if answers:
        participation.answer(participation_id=row.pk, accepts=True, by=worker)
    return worker


def text_of(response: Any) -> str:
    """What a page says, without marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def queries(client: Client, url: str, **more: Any) -> int:
    """How many queries a second look at a page takes (the first fills what processes keep)."""
    client.get(url, **more)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url, **more).status_code == 200
    return len(found)
