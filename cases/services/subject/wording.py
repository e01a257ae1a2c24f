"""Values as a person reads them: what no field can say by itself."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.enums import AgencyKind
from accounts.models import Agency
from cases import sections
from cases.enums import NO_ADDRESS, Category, ReturnPart
from cases.models import Case
from cases.sections import lists
from cases.services import contact
from cases.services.subject.sources import Line, Share
from core import clock, looks
from core.vault import ERASED
from manual.enums import Condition, Exploitation

ABOUT_HER: Final = (Category.IDENTITY, Category.CONTACT)
"""What is never put on paper while the identity is protected."""
PLACE: Final = "place"
"""The page of a referral about where she is: neither."""
ANSWERED: Final = {
    "name": "name",
    "alias": "alias_used",
    "birth": "birth",
    "personal_number": "personal_number",
    "citizenships": "citizenship",
    "languages": "languages",
    "passport": "passport_number",
    "lma": "lma_number",
    "way": "safe_contact_method",
    "times": "safe_contact_times",
    "phone": "contact_phone",
    "email": "contact_email",
    "address": "address",
}
"""What the vault holds → the question whose words it takes."""
CONTACT: Final[dict[str, Promise]] = {
    "ways": gettext_lazy("Reached"),
    "times": gettext_lazy("When, and how"),
    "words": gettext_lazy("Words to use"),
    "never": gettext_lazy("Never call or tell"),
    "language": gettext_lazy("Language"),
    "aids": gettext_lazy("Interpreter and aids"),
    "sign_language": gettext_lazy("Sign language"),
    "aid_note": gettext_lazy("More about interpreter and aids"),
}
PLAN: Final[dict[str, Promise]] = {
    "language": gettext_lazy("Language"),
    "interpreter": gettext_lazy("Interpreter"),
    "informed": gettext_lazy("What was told"),
    "stopped": gettext_lazy("Stopped"),
    "follow_up": gettext_lazy("Follow-up"),
}
DEPENDANT: Final[dict[str, Promise]] = {
    "name": gettext_lazy("Name"),
    "birth": gettext_lazy("Born, or age"),
    "where": gettext_lazy("Where she or he is"),
    "needs": gettext_lazy("What is needed"),
}


def destroyed() -> str:
    return _("Destroyed")


def held_back() -> tuple[Line, ...]:
    """What stands in place of a protected identity."""
    words = _(
        "Held back: the identity is protected, and these data are never put on paper. They are told face to"
        " face (to be confirmed)."
    )
    return (Line(_("Protected identity"), words),)


def flat(value: Any) -> str:
    """Whatever JSON holds, as text: nothing is dropped because it has no words of its own."""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {flat(one)}" for key, one in value.items() if one not in (None, "", [], {}))
    if isinstance(value, (list, tuple)):
        return "\n".join(flat(one) for one in value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)


# --- who she is ------------------------------------------------------------------------------------


def person(row: Any, case: Case) -> list[Share]:
    """Identity, contact and address; while protected only that they are held back."""
    tier = Line(_("Protected identity"), str(row.get_protection_display()))
    if row.is_protected or case.is_protected or row.protection in NO_ADDRESS:
        return [Share("person", _("The person"), (tier, *held_back()), held_back=True, raw=row.protection)]
    lines = [*_answers(row.identity), *_reached(row.contact)]
    if row.address:
        lines.append(Line(_("Address"), destroyed() if row.address is ERASED else str(row.address)))
    return [Share("person", _("The person"), (*lines, tier))]


def _answers(held: Any) -> list[Line]:
    if held is ERASED:
        return [Line(_("Identity"), destroyed())]
    questions = {question.key: question for section in sections.SECTIONS for question in section.fields}
    found = []
    for key, value in (held or {}).items():
        question = questions.get(ANSWERED.get(key, key))
        if value in (None, "", [], {}):
            continue
        known = question is not None and isinstance(value, (str, list))
        words = sections.words(question, value) if question is not None and known else flat(value)
        found.append(Line(str(question.label) if question is not None else key, words))
    return found


def _reached(held: Any) -> list[Line]:
    if held is ERASED:
        return [Line(_("Contact"), destroyed())]
    found = []
    for key, value in (held or {}).items():
        if value in (None, "", [], {}) or (key == "way" and held.get("ways")):
            continue
        if key == "earlier":
            found += [Line(_("Until %(day)s") % {"day": _until(one)}, _instruction(one)) for one in value]
        elif key in CONTACT:
            found.append(Line(str(CONTACT[key]), _coded(key, value)))
        else:
            found += _answers({key: value})
    return found


def _until(entry: Mapping[str, Any]) -> str:
    until = clock.read(entry["until"])
    return looks.date_text(until) if until else ""


def _instruction(entry: Mapping[str, Any]) -> str:
    """An earlier instruction on lines of its own; who of the staff changed it is not said."""
    pairs = [(CONTACT.get(key, key), _coded(key, value)) for key, value in entry.get("was", {}).items()]
    return "\n".join(f"{name}: {value}" for name, value in pairs)


def _coded(key: str, value: Any) -> str:
    names: Mapping[str, Promise] | None = {"ways": contact.WAYS, "aids": contact.AIDS}.get(key)
    if names is None:
        return flat(value)
    return ", ".join(str(names.get(one, one)) for one in (value if isinstance(value, list) else [value]))


# --- the referral ----------------------------------------------------------------------------------


def referral(row: Any, case: Case) -> list[Share]:
    """As it was sent, a piece for each page; what stayed with its author's agency is that agency's."""
    day = looks.date_text(row.sent_at)
    top = [Line(_("Reference"), row.reference), Line(_("Sent by"), row.agency.name), Line(_("Sent"), day)]
    if row.wanted:
        asked = destroyed() if row.wanted is ERASED else str(row.wanted)
        top.append(Line(_("What the coordinator asked for"), asked))
    asked_for = None if row.wanted is ERASED else row.wanted
    found = [
        Share("sent", _("Referral of %(day)s") % {"day": day}, tuple(top), raw=[row.reference, asked_for])
    ]
    if row.document is ERASED:
        gone = (Line(_("What was sent"), destroyed()),)
        return [*found, Share("document", _("What was sent"), gone, raw="erased")]
    for number, part in enumerate(row.document or []):
        back = case.is_protected and (part["category"] in ABOUT_HER or part["key"] == PLACE)
        lines = tuple(Line(pair["question"], pair["answer"]) for pair in part["answers"])
        house = row.agency_id if part["private"] else None
        title = _("Referral of %(day)s: %(part)s") % {"day": day, "part": part["title"]}
        raw = "held back" if back else part["answers"]
        found.append(Share(str(number), title, held_back() if back else lines, house, back, raw))
    return found


# --- single fields ---------------------------------------------------------------------------------


def forms(row: Any) -> str:
    return _labels(Exploitation, row.forms)


def conditions(row: Any) -> str:
    return _labels(Condition, row.conditions)


def _labels(choices: Any, codes: list[str]) -> str:
    known = dict(choices.choices)
    return ", ".join(str(known.get(code, code)) for code in codes)


def municipality(row: Any) -> str:
    """Where she is or goes; never of a protected person."""
    case = row if isinstance(row, Case) else row.case
    return "" if case.is_protected or row.municipality is None else str(row.municipality.name)


def kinds_for_names() -> Callable[[str], str]:
    """For the extract of a protected person: an agency's name says where she is, its kind does not."""
    rows = Agency.objects.exclude(kind=AgencyKind.COORDINATION)
    kinds = {one.name.casefold(): str(one.get_kind_display()) for one in rows if one.name}
    if not kinds:
        return str
    names = "|".join(re.escape(name) for name in sorted(kinds, key=len, reverse=True))
    found = re.compile(rf"(?<!\w)(?:{names})", re.IGNORECASE)
    return lambda text: found.sub(lambda hit: kinds.get(hit.group().casefold(), ""), text)


def routing(row: Any) -> str:
    if row.is_protected:
        return ""
    told = row.routing.get("explanation") or {}
    return str(told.get("en" if (get_language() or "sv").startswith("en") else "sv", ""))


def scope(name: str) -> Callable[[Any], str]:
    """Whom a consent names: kinds of agencies, the coordinator, or one agency."""

    def said(row: Any) -> str:
        kinds, codes = dict(AgencyKind.choices), list(getattr(row, name))
        ids = [uuid.UUID(hex=code) for code in codes if len(code) == 32 and code not in kinds]
        named = {one.pk.hex: one.name for one in Agency.objects.filter(pk__in=ids)} if ids else {}
        named |= {"coordinator": _("The regional coordinator")}
        return ", ".join(str(kinds.get(code) or named.get(code, code)) for code in codes)

    return said


def language(row: Any) -> str:
    return lists.language_words(row.language)


def country(row: Any) -> str:
    return lists.country_words(row.country)


def dependant(row: Any) -> str:
    if row.who is ERASED:
        return destroyed()
    return _named(row.who, DEPENDANT)


def plan(row: Any) -> str:
    if row.notes is ERASED:
        return destroyed()
    return _named(row.notes, PLAN | dict(ReturnPart.choices))


def _named(held: Any, names: Mapping[str, Any]) -> str:
    pairs = [(names.get(key, key), value) for key, value in (held or {}).items()]
    return "\n".join(f"{name}: {flat(value)}" for name, value in pairs if value not in (None, "", [], {}))


def present(row: Any) -> str:
    names = dict(Agency.objects.filter(pk__in=row.present).values_list("pk", "name"))
    return ", ".join(names.get(pk, str(pk)) for pk in row.present)


def happened(row: Any) -> str:
    day = looks.date_text(row.happened_at)
    return day if row.date_only else f"{day} {looks.time_text(row.happened_at)}"


def due(row: Any) -> str:
    return looks.deadline_on_paper(row.due_at) if row.due_at else ""


def size(row: Any) -> str:
    return looks.file_size(row.size)
