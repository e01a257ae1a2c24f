"""A request for one's own data: how it came, who asks, which case, what is left out, how it was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums.subject import (
    ExtensionReason,
    HandedHow,
    IdentityCheck,
    Protected,
    RequestChannel,
    RequestOutcome,
    Secrecy,
    Verdict,
)
from cases.forms.sharing import LanguageField
from cases.services.subject import masking
from cases.services.subject.pieces import Piece
from cases.services.subject.review import Choice, Review
from core import clock
from core.fields import DayField, TextField

LIMIT: Final = 2000


def _radio(label: Any, choices: Iterable[tuple[Any, Any]], required: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.RadioSelect, error_messages={"required": required}
    )


class RegisterForm(forms.Form):
    received_on = DayField(
        label=gettext_lazy("When was the request received?"),
        help_text=gettext_lazy("The month begins on this day. For example 2026-11-20"),
        error_messages={"required": gettext_lazy("Enter the day the request was received")},
    )
    channel = _radio(
        gettext_lazy("How did it come?"), RequestChannel.choices, gettext_lazy("Choose how the request came")
    )
    language = LanguageField(label=gettext_lazy("In which language did the person ask?"))
    answer_to = TextField(
        label=gettext_lazy("How can the person safely be given the answer?"),
        limit=LIMIT,
        help_text=gettext_lazy(
            "For example through whom, where and when. The portal writes to nobody. Kept encrypted."
        ),
        error_messages={"required": gettext_lazy("Write how the person can safely be given the answer")},
    )


class IdentityForm(forms.Form):
    how = _radio(
        gettext_lazy("How was it made sure who asks?"),
        IdentityCheck.choices,
        gettext_lazy("Choose how it was made sure who asks"),
    )
    checked_on = DayField(
        label=gettext_lazy("When?"), error_messages={"required": gettext_lazy("Enter the day of the check")}
    )
    words = TextField(
        label=gettext_lazy("What was shown, and who saw it?"),
        limit=LIMIT,
        help_text=gettext_lazy("Do not copy numbers from the document. Kept encrypted."),
        error_messages={"required": gettext_lazy("Write what was shown, and who saw it")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"checked_on": clock.today()})
        super().__init__(*args, **kwargs)


class ReferenceForm(forms.Form):
    reference = TextField(
        label=gettext_lazy("Reference of a case"),
        limit=40,
        help_text=gettext_lazy(
            "From the person's papers, or from who handles the case. For example H26-00417-U. There is no"
            " search by name."
        ),
        error_messages={"required": gettext_lazy("Write the reference")},
    )


class ExtendForm(forms.Form):
    months = forms.TypedChoiceField(
        label=gettext_lazy("How much longer?"),
        coerce=int,
        choices=[(1, gettext_lazy("One month")), (2, gettext_lazy("Two months"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how much longer")},
    )
    reason = _radio(gettext_lazy("Why?"), ExtensionReason.choices, gettext_lazy("Choose why"))
    told_on = DayField(
        label=gettext_lazy("When was the person told?"),
        help_text=gettext_lazy("Within the first month, with the reason. For example 2026-11-20"),
        error_messages={"required": gettext_lazy("Enter the day the person was told")},
    )
    words = TextField(
        label=gettext_lazy("What was the person told?"),
        limit=LIMIT,
        error_messages={"required": gettext_lazy("Write what the person was told")},
    )


class EndForm(forms.Form):
    """How a request ends that is not answered by its extracts."""

    outcome = _radio(
        gettext_lazy("How does the request end?"),
        [choice for choice in RequestOutcome.choices if choice[0] != RequestOutcome.GIVEN],
        gettext_lazy("Choose how the request ends"),
    )
    words = TextField(
        label=gettext_lazy("Why, and what the person was told"),
        limit=LIMIT,
        required=False,
        help_text=gettext_lazy("Needed when it is refused, or when it could not be made sure who asks."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class MaskForm(forms.Form):
    words = TextField(
        label=gettext_lazy("Words to leave out"),
        limit=8000,
        help_text=gettext_lazy(
            "One name, number or sentence a line. They are left out wherever they stand in all extracts of"
            " the request, with their endings: Ivan finds Ivans too."
        ),
        error_messages={
            "required": gettext_lazy("Write what is to be left out, one word or sentence a line")
        },
    )
    protects = forms.ChoiceField(
        label=gettext_lazy("Whom does it protect?"),
        choices=[("", ""), *Protected.choices],
        error_messages={"required": gettext_lazy("Choose whom it protects")},
    )
    secrecy = forms.ChoiceField(
        label=gettext_lazy("By which provision?"),
        choices=[("", ""), *Secrecy.choices],
        help_text=gettext_lazy(
            "Not sure? Choose the last one: the paper then says that it is to be confirmed."
        ),
        error_messages={"required": gettext_lazy("Choose a provision")},
    )

    def clean_words(self) -> list[str]:
        return masking.read_words(self.cleaned_data["words"])


class BackForm(forms.Form):
    words = TextField(
        label=gettext_lazy("What is to be changed?"),
        limit=LIMIT,
        error_messages={"required": gettext_lazy("Write what is to be changed")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class PaperLanguageForm(forms.Form):
    language = forms.ChoiceField(label=gettext_lazy("Language of headings"), choices=settings.LANGUAGES)


class GiveForm(forms.Form):
    given_on = DayField(
        label=gettext_lazy("When did the person get it?"),
        error_messages={"required": gettext_lazy("Enter the day the person got it")},
    )
    how = _radio(gettext_lazy("How?"), HandedHow.choices, gettext_lazy("Choose how it was given"))
    interpreter = forms.TypedChoiceField(
        label=gettext_lazy("Was it explained through an interpreter, or translated?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether it was explained or translated")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"given_on": clock.today()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)


# --- going through the pieces ------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """One piece as its questions on the page."""

    piece: Piece
    number: int
    digest: str

    @property
    def verdict(self) -> str:
        return f"v{self.number}"

    @property
    def protects(self) -> str:
        return f"p{self.number}"

    @property
    def secrecy(self) -> str:
        return f"s{self.number}"


class PiecesForm(forms.Form):
    """A question for each piece of a page. What is not answered stays as it is."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, review: Review, pieces: Iterable[Piece], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = review.pack.version
        self.asked = [Asked(piece, n, piece.digests[0].hex()) for n, piece in enumerate(pieces)]
        for one in self.asked:
            self._add(one, review)

    def _add(self, one: Asked, review: Review) -> None:
        before = review.decision(one.piece)
        usual = "" if one.piece.is_free else Verdict.RELEASE
        self.fields[f"k{one.number}"] = forms.CharField(
            widget=forms.HiddenInput, initial=f"{one.digest}:{one.piece.key}", max_length=200
        )
        verdict = forms.ChoiceField(
            label=_("What becomes of “%(title)s”?") % {"title": one.piece.title},
            choices=Verdict.choices,
            widget=forms.RadioSelect,
            required=False,
            initial=before.verdict if before else usual,
        )
        verdict.expected = True  # type: ignore[attr-defined]
        self.fields[one.verdict] = verdict
        for name, label, choices in (
            (one.protects, _("Whom does it protect?"), Protected.choices),
            (one.secrecy, _("By which provision?"), Secrecy.choices),
        ):
            field = forms.ChoiceField(label=label, choices=[("", ""), *choices], required=False)
            field.initial = getattr(before, "protects" if name == one.protects else "secrecy", "")
            field.expected = True  # type: ignore[attr-defined]
            field.shown_if = (one.verdict, [Verdict.WITHHOLD.value])  # type: ignore[attr-defined]
            self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for one in self.asked:
            if data.get(one.verdict) != Verdict.WITHHOLD:
                continue
            for name in (one.protects, one.secrecy):
                if not data.get(name) and name not in self.errors:
                    words = _("Choose whom it protects") if name == one.protects else _("Choose a provision")
                    self.add_error(name, ValidationError(words))
        return data

    def choices(self) -> dict[str, tuple[Choice, str]]:
        """Key of the piece → what was chosen, and the digest of what was seen."""
        found = {}
        for one in self.asked:
            verdict = self.cleaned_data.get(one.verdict)
            digest, _colon, key = self.cleaned_data[f"k{one.number}"].partition(":")
            if not verdict:
                continue
            why = [self.cleaned_data.get(name, "") for name in (one.protects, one.secrecy)]
            found[key] = (Choice(Verdict(verdict), *why), digest)
        return found
