"""A portal whose every text was written by somebody who means harm, seen by everybody (S32, S33, S50)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.db.models import Model
from django.db.models.signals import pre_save
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import Agency, User
from cases.models import Draft, Incident, SavedView
from core import pdf
from core.models import PdfJob
from core.vault import EncryptedJSONField, EncryptedTextField
from tests.access import asking
from tests.access.world import World, built, rolled_back
from tests.security.report import examples
from tests.surface.payloads import ALL_SCRIPTS, MARK, SHORT, SOLVED, TEMPLATES
from tests.surface.reading import dangers
from tests.surface.walking import addresses, html_of, pages, who_may

pytestmark = [pytest.mark.xdist_group("stored"), pytest.mark.timeout(300)]

FETCHED: Final = (
    '<img src="http://127.0.0.1:9/xq7"><link rel=attachment href="file:///etc/passwd">'
    "<style>@import 'http://127.0.0.1:9/xq7'</style>"
)
LONG: Final = ALL_SCRIPTS + TEMPLATES + FETCHED
PLAIN: Final[dict[type[Model], tuple[str, ...]]] = {
    User: ("name", "title"), Agency: ("name",), SavedView: ("name",),
}  # fmt: skip
"""Texts people write that are not sealed."""
CODES: Final = re.compile(r"[a-z0-9_.:+~/@ -]*|\d{4}-\d\d-\d\d.*|[A-Z]{2}|[+\d][\d -]+", re.S)
"""What the portal computes with: no text of people."""
UNSENT: Final[tuple[type[Model], ...]] = (Draft, Incident)
"""Read again when they are sent, and refused: spoilt afterwards."""
planted: set[str] = set()


def _spoilt(value: Any) -> Any:
    if isinstance(value, str):
        return value if not value or CODES.fullmatch(value) or MARK in value else value + LONG
    if isinstance(value, list):
        return [_spoilt(one) for one in value]
    if isinstance(value, dict):
        return {key: _spoilt(one) for key, one in value.items()}
    return value


def spoil(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    """Put the payloads behind every text just before its row is written."""
    if sender is PdfJob or (sender in UNSENT and not hasattr(instance, "spoil")):
        return
    for field in sender._meta.concrete_fields:
        name = field.attname
        value = instance.__dict__.get(name)
        if isinstance(field, EncryptedTextField | EncryptedJSONField) and value:
            new = _spoilt(getattr(instance, name))
        elif name in PLAIN.get(sender, ()) and value and MARK not in value:
            new = (value[: (field.max_length or 60) - len(SHORT)] + SHORT)[: field.max_length]
        else:
            continue
        if new != value:
            setattr(instance, name, new)
        if MARK in str(new):
            planted.add(f"{sender.__name__}.{name}")


@pytest.fixture(scope="module")
def spoilt(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    logging.disable(logging.CRITICAL)
    pre_save.connect(spoil)
    try:
        with django_db_blocker.unblock(), built() as world:
            for model in UNSENT:
                for row in model._default_manager.all():
                    row.spoil = True  # type: ignore[attr-defined]
                    row.save()
            yield world
    finally:
        pre_save.disconnect(spoil)
        logging.disable(logging.NOTSET)


@pytest.mark.security("S32", "twelve payloads in every stored text, on every page, for whoever may open it")
@pytest.mark.security("S33", "templates and formats in every stored text, on every page")
def test_s32_s33_what_is_stored_is_shown_as_text(spoilt: World, tried: Callable[..., None]) -> None:
    harm, shown = [], 0
    for row in pages():
        for who in who_may(row)[: examples(2, 20)]:
            with rolled_back():
                for url in addresses(spoilt, row):
                    html = html_of(spoilt.browser(who).get(url))
                    shown += MARK in html
                    found = dangers(html, MARK)
                    if found or SOLVED in html:
                        harm.append(f"{row.name} as {who}: {found[:3]}")
                    tried()
    assert not harm, "\n".join(harm)
    assert shown > 40, "the payloads are to be seen as text"
    assert len(planted) > 20, sorted(planted)


@pytest.mark.security("S50", "a picture, a style and a file from elsewhere in every field of every document")
@pytest.mark.security("S32", "the same payloads in every document that is printed")
def test_s50_documents_hold_texts_not_addresses(
    spoilt: World, tried: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every document the access table can order; nothing is fetched, and no payload becomes markup."""
    orders = [row for row in asking.table() if row.method == "POST" and row.pattern.endswith("-pdf")]
    assert len(orders) >= 3
    with rolled_back():
        for row in orders:
            with rolled_back():
                spoilt.browser(row.admitted).post(
                    asking.address(spoilt, row.name), {"reason": "Möte" + LONG, "identity": "on"}
                )
                for job in PdfJob.objects.exclude(context=None).filter(state="waiting"):
                    html, data = pdf.render_pdf(job.template, job.context, job.language)
                    assert data.startswith(b"%PDF") and SOLVED not in html, row.name
                    assert not [one for one in dangers(html, MARK) if MARK in one or "script" in one], (
                        row.name
                    )
                    tried()
