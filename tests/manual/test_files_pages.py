"""The files of an edition on screen: listed, taken out, and brought in as a draft."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.enums import Role
from core.models import AuditEvent
from manual.library import archive
from manual.models import (
    Edition,
)
from tests.factories import member, sign_in
from tests.manual.carried import july, repository


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Pages are asked for in the language of who is signed in; everything else is told in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def edition(first: Edition) -> Edition:
    return first


@pytest.fixture
def draft(copied: Edition) -> Edition:
    return copied


# --- on screen -------------------------------------------------------------------------------------------


@pytest.fixture
def editor(client: Client) -> Client:
    return sign_in(client, member(Role.NATIONAL_COORDINATOR))


def upload(files: dict[str, str] | bytes) -> SimpleUploadedFile:
    data = files if isinstance(files, bytes) else archive.pack(files)
    return SimpleUploadedFile("manual.zip", data, "application/zip")


def test_the_files_of_an_edition_are_listed_and_taken_out(edition: Edition, editor: Client) -> None:
    page = editor.get(reverse("manual:edition-files", args=[1])).content.decode()
    assert "content/sv/2-akut-skydd.md" in page
    assert page.count("<h1") == 1
    response = editor.post(reverse("manual:edition-files-download", args=[1]))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="manual-1.zip"'
    assert archive.unpack(response.content) == repository()
    assert AuditEvent.objects.filter(verb="manual.export", target_id=edition.pk).exists()
    assert editor.get(reverse("manual:edition-files", args=[7])).status_code == 404


def test_the_page_says_where_the_portals_files_differ(draft: Edition, editor: Client) -> None:
    draft.steps.filter(key="ident.rc.assess").update(amount=7)
    page = editor.get(reverse("manual:edition-files", args=[2])).content.decode()
    assert "steps ident.rc.assess: deadline.amount 7 → 3" in page


def test_an_archive_becomes_a_draft_on_screen(edition: Edition, editor: Client) -> None:
    url = reverse("manual:edition-bring")
    assert editor.get(url).status_code == 200
    asked = {"title": "Möten", "reason": "Kortare", "archive": upload(july(repository()))}
    response = editor.post(url, asked)
    made = Edition.objects.get(number=2)
    assert response.status_code == 302
    assert response["Location"] == made.get_absolute_url()
    assert (made.title, made.reason, made.status) == ("Möten", "Kortare", "draft")
    assert made.paragraphs.get(anchor="2-1-3").body_sv.startswith("Håll ett möte")


def test_what_is_wrong_with_an_archive_is_named_and_the_words_stay(edition: Edition, editor: Client) -> None:
    files = repository()
    files["content/sv/2-akut-skydd.md"] = files["content/sv/2-akut-skydd.md"].replace("sources=SOL}", "}")
    for archived in (upload(files), upload(b"no archive")):
        response = editor.post(
            reverse("manual:edition-bring"), {"title": "Möten", "reason": "Kortare", "archive": archived}
        )
        page = response.content.decode()
        assert response.status_code == 422
        assert 'value="Möten"' in page
        assert 'id="id_archive_error"' in page
    assert (
        "2-3-1: "
        in editor.post(
            reverse("manual:edition-bring"), {"title": "M", "reason": "K", "archive": upload(files)}
        ).content.decode()
    )
    assert editor.post(reverse("manual:edition-bring"), {"title": "", "reason": ""}).status_code == 422
    same = {"title": "M", "reason": "K", "archive": upload(repository())}
    assert editor.post(reverse("manual:edition-bring"), same).status_code == 422
    large = {"title": "M", "reason": "K", "archive": upload(b"0" * (archive.LARGEST_ARCHIVE + 1))}
    assert editor.post(reverse("manual:edition-bring"), large).status_code == 422
    assert Edition.objects.count() == 1


def test_only_editors_meet_the_files(edition: Edition, client: Client) -> None:
    sign_in(client, member(Role.REGIONAL_COORDINATOR))
    assert client.get(reverse("manual:edition-files", args=[1])).status_code == 403
    assert client.post(reverse("manual:edition-files-download", args=[1])).status_code == 403
    asked = {"title": "M", "reason": "K", "archive": upload(july(repository()))}
    assert client.post(reverse("manual:edition-bring"), asked).status_code == 403
    assert Edition.objects.count() == 1
