"""docs/states.md says what the code says.

Write it anew: `bin/manage shell -c "import tests.test_docs as d; d.write()"`.
"""

from __future__ import annotations

from pathlib import Path

from accounts.enums import ROLE_RIGHTS
from cases.enums import Stage
from cases.services.chasing import LADDER
from cases.workflow import TRANSITIONS
from coordinators.enums import NATIONAL_RIGHTS, REGION_RIGHTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"


def page() -> str:
    """The page, made from the tables."""
    return "\n".join(
        ["# States, rights and the ladder", "", _INTRO, "", *_states(), "", *_rights(), "", *_ladder(), ""]
    )


def write() -> None:
    PAGE.write_text(page(), "utf-8")


_COMMAND = 'bin/manage shell -c "import tests.test_docs as d; d.write()"'
_INTRO = f"Made from the code; a test compares. `{_COMMAND}` writes it anew."


def _states() -> list[str]:
    lines = ["## What may happen to a case", "", "```mermaid", "stateDiagram-v2"]
    for row in TRANSITIONS.values():
        for source in sorted(row.sources):
            if row.target:
                lines.append(f"  {source.value} --> {row.target.value}: {row.verb.value}")
    lines += [
        "```",
        "",
        "| act | from | to | right on the desk | key | first answer |",
        "|---|---|---|---|---|---|",
    ]
    for row in TRANSITIONS.values():
        sources = ", ".join(sorted(source.value for source in row.sources))
        target = row.target.value if row.target else "same"
        answer = "yes" if row.answers else ""
        lines.append(f"| {row.verb.value} | {sources} | {target} | {row.right} | {row.key} | {answer} |")
    return lines


def _rights() -> list[str]:
    lines = ["## What a role carries", "", "| role | rights on the own agency |", "|---|---|"]
    lines += [f"| {role.value} | {', '.join(sorted(rights))} |" for role, rights in ROLE_RIGHTS.items()]
    lines += [
        "",
        "Duty at a desk carries rights on that desk, and a deputy has them on the days of the absence:",
        "",
    ]
    lines.append(f"- a region's desk: {', '.join(sorted(REGION_RIGHTS))}")
    lines.append(f"- the national desk: {', '.join(sorted(NATIONAL_RIGHTS))}")
    return lines


def _ladder() -> list[str]:
    lines = [
        "## Who is told when a step is late",
        "",
        "| stage | ordinary step | critical step |",
        "|---|---|---|",
    ]
    lines.append(
        f"| {Stage.REMINDED.name.lower()} | a quarter of the time left, or the manual's days | the same |"
    )
    for ordinary, critical in zip(LADDER[False], LADDER[True], strict=True):
        lines.append(f"| {ordinary.stage.name.lower()} | {_when(ordinary)} | {_when(critical)} |")
    return lines


def _when(rung: object) -> str:
    hours, days = getattr(rung, "hours", 0), getattr(rung, "working_days", 0)
    return f"{hours} hours late" if hours else f"{days} working days late" if days else "due"


def test_the_page_says_what_the_code_says() -> None:
    assert PAGE.read_text("utf-8") == page()
