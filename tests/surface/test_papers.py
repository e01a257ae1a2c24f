"""What a paper says of itself: only a reference (S51)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from core import pdf
from core.models import PdfJob
from tests.access import asking
from tests.access.world import World, rolled_back
from tests.cases.conftest import ADULT

pytestmark = [pytest.mark.xdist_group("surface"), pytest.mark.timeout(300)]


def _hidden(reader: PdfReader) -> set[str]:
    """Kinds of things in a PDF that are not on its pages."""
    root: Any = reader.trailer["/Root"]
    names = {"/AcroForm", "/OCProperties", "/OpenAction", "/AA", "/JavaScript", "/EmbeddedFiles"}
    found = names & {*root.keys(), *(root["/Names"].keys() if "/Names" in root else ())}
    for page in reader.pages:
        for note in page.get("/Annots") or ():
            found |= {str(note.get_object()["/Subtype"])} - {"/Link"}
    return found


@pytest.mark.security("S51", "metadata, name, layers, attachments and notes of every paper the portal makes")
def test_s51_a_paper_says_nothing_beside_its_pages(world: World, tried: Callable[..., None]) -> None:
    """Told in the metadata: a title with reference and kind. No names of people or of who ordered it."""
    told = {str(ADULT["name"])} | {who.user.name for who in world.people.values()}
    orders = [row for row in asking.table() if row.method == "POST" and row.pattern.endswith("-pdf")]
    for row in orders:
        with rolled_back():
            url = asking.address(world, row.name)
            world.browser(row.admitted).post(url, {"reason": "Möte", "identity": "on"})
            for job in PdfJob.objects.filter(state="waiting"):
                assert re.fullmatch(r"[\w.-]+\.pdf", job.filename), job.filename
                _html, data = pdf.render_pdf(job.template, job.context, job.language)
                reader = PdfReader(io.BytesIO(data))
                about = f"{dict(reader.metadata or {})} {job.filename}"
                if (more := reader.xmp_metadata) is not None:
                    about += more.stream.get_data().decode()
                assert not [name for name in told if name in about], row.name
                assert not reader.attachments and not _hidden(reader), (row.name, _hidden(reader))
                tried()
