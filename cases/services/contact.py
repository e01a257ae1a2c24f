"""How the person is reached without danger: the instruction, the number behind it, and what she needs to take
part. The portal itself never writes to her."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Assignment
from cases import notifications
from cases.access import Sight, sight_of
from cases.enums import Category, Level, Protection
from cases.models import Case, Identifier, Person
from cases.services import casework
from core import audit, clock, vault
from core.errors import StaleVersion

WAYS: Final[dict[str, Promise]] = {
    "phone": gettext_lazy("By phone"),
    "text": gettext_lazy("By text message"),
    "email": gettext_lazy("By e-mail"),
    "organisation": gettext_lazy("Through an organisation"),
    "authority": gettext_lazy("Through an authority"),
    "in_person": gettext_lazy("In person"),
    "do_not_contact": gettext_lazy("The person must not be contacted"),
}
AIDS: Final[dict[str, Promise]] = {
    "interpreter": gettext_lazy("Interpreter"),
    "sign_language": gettext_lazy("Sign language interpreter"),
    "deafblind": gettext_lazy("Interpreting for deafblind people"),
    "easy_language": gettext_lazy("Simple language or picture support"),
    "mobility": gettext_lazy("Premises without steps"),
    "sight": gettext_lazy("Large print or text read aloud"),
    "companion": gettext_lazy("A trusted person with her or him"),
    "other": gettext_lazy("Something else"),
}
INSTRUCTION: Final = ("ways", "times", "words", "never", "language", "aids", "sign_language", "aid_note")
REACH: Final = ("phone", "email")
"""Never shown before the instruction has been read."""
KEPT_EARLIER: Final = 20
HOUR: Final = timedelta(hours=1)
MEETINGS: Final = frozenset(
    {
        "ident.ref.consent", "ident.health.private_talk", "ident.mika.outreach", "ident.ngo.identify",
        "ident.rc.assess", "acute.socc.immediate_protection", "acute.soca.risk", "acute.police.protection",
        "acute.police.rights_info", "acute.health.care", "acute.rc.meet", "acute.shelter.intake",
        "init.guardian.first_contact", "init.soca.needs_plan", "init.rc.reflection_information",
        "init.rc.reflection_decision", "init.counsel.first_meeting", "init.health.assessment",
        "init.rc.rights_check", "init.mika.counselling", "crim.police.interview", "crim.soca.court_support",
        "ret.rc.inform_choice", "ret.iom.risk_needs", "ret.socc.child_bid", "act.agreed", "act.find_missing",
    }
)  # fmt: skip
"""Steps in which somebody meets the person or gets in touch with her."""


# --- who may -------------------------------------------------------------------------------------


def may_see(sight: Sight) -> bool:
    """The instruction and the number: for those given contact; of a protected person those named."""
    if sight.case.is_consultation or sight.level < Level.STEPS or not sight.sees(Category.CONTACT):
        return False
    return sight.may_see_protected


def may_change(sight: Sight) -> bool:
    return may_see(sight) and sight.case.is_open and (sight.is_desk or sight.agency_id is not None)


def may_see_aids(sight: Sight) -> bool:
    """What she needs in order to take part is for whoever meets her (S31)."""
    told = sight.sees(Category.CONTACT) or sight.sees(Category.SITUATION)
    return not sight.case.is_consultation and sight.level >= Level.STEPS and told


# --- reading -------------------------------------------------------------------------------------


def held(case: Case) -> dict[str, Any]:
    """What the vault holds about contact, in today's shape; empty without a person or her key."""
    person = case.person
    found = person.contact if person is not None else None
    if not isinstance(found, dict):
        return {}
    ways = found.get("ways") or ([found["way"]] if found.get("way") else [])
    return {**found, "ways": [way for way in ways if way in WAYS]}


def instruction(case: Case) -> dict[str, Any]:
    """What stands before the number."""
    known = held(case)
    return {key: known[key] for key in INSTRUCTION if known.get(key)}


def aids(case: Case) -> dict[str, Any]:
    """Interpreter, language and aids alone."""
    known = held(case)
    keys = ("language", "aids", "sign_language", "aid_note")
    return {key: known[key] for key in keys if known.get(key)}


def aids_text(case: Case) -> str:
    """On one line, for the steps in which somebody meets her."""
    found = aids(case)
    parts = [str(AIDS[code]) for code in found.get("aids", []) if code in AIDS]
    parts = [
        f"{part} ({found['sign_language']})"
        if part == str(AIDS["sign_language"]) and found.get("sign_language")
        else part
        for part in parts
    ]
    if found.get("language"):
        parts.append(_("Language: %(language)s") % {"language": found["language"]})
    if found.get("aid_note"):
        parts.append(str(found["aid_note"]))
    return ". ".join(parts)


@transaction.atomic(durable=True)
def open_number(*, case: Case, has_read: bool, by: Assignment) -> dict[str, str]:
    """Number, address for e-mail and home address, for one look after the instruction. Recorded.

    Raises PermissionDenied, and ValidationError (`has_read`) when the instruction was not confirmed or
    `casework.LOOKS_AN_HOUR` looks were made.
    """
    sight = sight_of(by, case)
    if sight is None or not may_see(sight) or case.person is None:
        audit.refuse("contact.open", case, by=by)
        raise PermissionDenied
    if not has_read:
        raise ValidationError(
            {"has_read": _("Read the instruction and confirm it before you see the number")}
        )
    if audit.count(by, "contact.open", since=clock.now() - HOUR) >= casework.LOOKS_AN_HOUR:
        audit.refuse("contact.open", case, by=by, too_many=True)
        raise ValidationError({"has_read": _("You have opened many numbers in the last hour. Wait a while.")})
    audit.record("contact.open", case.person, by=by, case=case.pk)
    known = held(case)
    found = {key: str(known[key]) for key in REACH if known.get(key)}
    if case.person.address:
        found["address"] = str(case.person.address)
    return found


# --- changing ------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def change(*, case_id: uuid.UUID, version: int, told: Mapping[str, Any], by: Assignment) -> Person:
    """A new instruction. The earlier one is kept, and everybody who has an open step and may see it is told.

    A number or address that is not told stays as it is, unless `forget` says that it is wrong. Raises
    PermissionDenied, StaleVersion when somebody changed it in between, ValidationError at a field.
    """
    case = casework.lock(case_id)
    sight = sight_of(by, case)
    if sight is None or not may_change(sight):
        audit.refuse("contact.change", case, by=by)
        raise PermissionDenied
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(cases=case)
    case.person = person
    if person.version != version:
        raise StaleVersion(person)
    before = held(case)
    new = _checked(told, {} if told.get("forget") else before)
    changed = sorted(key for key in (*INSTRUCTION, *REACH) if before.get(key) != new.get(key))
    if not changed:
        return person
    person.contact = new | {"earlier": _earlier(before, by)}
    person.version += 1
    person.save(update_fields=["contact", "version"])
    _match_by(person, new)
    audit.record("contact.change", case, by=by, fields=len(changed), number=bool(set(changed) & set(REACH)))
    notifications.instruction_changed(case, by_id=by.user_id)
    return person


def _checked(told: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    new = {key: known[key] for key in REACH if known.get(key)}
    new |= {key: told[key] for key in (*INSTRUCTION, *REACH) if told.get(key)}
    ways = new.get("ways", [])
    if "do_not_contact" in ways and len(ways) > 1:
        raise ValidationError({"ways": _("Choose either ways, or that the person must not be contacted")})
    if new.get("sign_language") and "sign_language" not in new.get("aids", []):
        new["aids"] = [*new.get("aids", []), "sign_language"]
    return new | ({"way": ways[0]} if ways else {})


def _earlier(before: dict[str, Any], by: Assignment) -> list[dict[str, Any]]:
    """What it was until now, and who changed it when, newest first."""
    kept: list[dict[str, Any]] = before.pop("earlier", [])
    was = {key: before[key] for key in (*INSTRUCTION, *REACH) if before.get(key)}
    entry = {"until": clock.now().isoformat(), "by": by.user.name, "was": was}
    return [entry, *kept][:KEPT_EARLIER]


def _match_by(person: Person, new: dict[str, Any]) -> None:
    """The fingerprints by which the person is found again follow her number and address."""
    person.identifiers.filter(kind__in=REACH).delete()
    if person.protection == Protection.FICTITIOUS:
        return  # nothing leads to the new identity (ADR 0903)
    values = {key: str(new.get(key, "")) for key in REACH}
    Identifier.objects.bulk_create(
        Identifier(person=person, kind=kind, blind_index=vault.blind_index(kind, value))
        for kind, value in values.items()
        if value
    )


def history(case: Case) -> list[dict[str, Any]]:
    """Earlier instructions, newest first: until when, changed by whom, what it was. Without numbers."""
    rows = []
    for entry in held(case).get("earlier", []):
        was = {key: value for key, value in entry.get("was", {}).items() if key in INSTRUCTION}
        rows.append({"until": clock.read(entry["until"]), "by": entry.get("by", ""), "was": was})
    return rows
