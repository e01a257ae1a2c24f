"""Which case to merge with, what holds where the two differ, and which case came earlier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms.casework import WhyField
from cases.services import references
from cases.services.merge_choices import BOTH, OURS, THEIRS, Difference
from cases.services.merge_preview import Preview
from cases.services.merging import SECRECY
from core.fields import LINE_LIMIT


class ReferenceField(forms.CharField):
    """A reference number in any spelling; one that was mistyped is told apart by its check letter."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            reference = references.parse(text[:40])
        except ValueError:
            reference = None
        if reference is None:
            raise ValidationError(_("Enter the whole reference number, for example H26-00417-U"))
        return reference


class ChooseForm(forms.Form):
    """With which case, and why both identities have to be seen."""

    reference = ReferenceField(
        label=gettext_lazy("Reference number of the other case"),
        help_text=gettext_lazy("A case that your desk holds. It is absorbed by this one."),
        error_messages={"required": gettext_lazy("Enter the reference number of the other case")},
    )
    reason = WhyField(
        label=gettext_lazy("Why do you need to see both identities?"),
        limit=LINE_LIMIT,
        help_text=gettext_lazy(
            "They are compared on the next page. Your reason is stored in the access log."
        ),
        error_messages={"required": gettext_lazy("Write why you need to see the identities")},
    )


class MergeForm(forms.Form):
    """One question for each difference. Nothing is chosen beforehand."""

    def __init__(self, data: Any, *, shown: Preview) -> None:
        super().__init__(data)
        for row in shown.differences:
            self.fields[row.key] = forms.ChoiceField(
                label=row.label,
                choices=_choices(row, shown),
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose what holds for “%(field)s”.") % {"field": row.label}},
            )
        if shown.agencies:
            self.fields[SECRECY] = forms.BooleanField(
                label=_("I have assessed secrecy: the agencies named above may see both parts of the case"),
                error_messages={"required": _("Confirm that you have assessed what the agencies will see.")},
            )

    def choices(self) -> dict[str, str]:
        """What was chosen, once the form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != SECRECY}


def _choices(row: Difference, shown: Preview) -> Sequence[tuple[str, str]]:
    sides = [
        (OURS, f"{row.ours} ({shown.survivor.reference})"),
        (THEIRS, f"{row.theirs} ({shown.absorbed.reference})"),
    ]
    return [*sides, (BOTH, _("Both"))] if row.may_keep_both else sides


class EarlierForm(forms.Form):
    """An earlier case of the same person."""

    reference = ReferenceField(
        label=gettext_lazy("Reference number of the earlier case"),
        help_text=gettext_lazy("A case that your desk can see."),
        error_messages={"required": gettext_lazy("Enter the reference number of the earlier case")},
    )
    again = forms.ChoiceField(
        label=gettext_lazy("Has the person been exploited again since the earlier case?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, or it is not known"))],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("It is counted, without saying who."),
        error_messages={"required": gettext_lazy("Choose whether the person has been exploited again")},
    )

    def __init__(self, *args: Any, by_match: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if by_match:
            del self.fields["reference"]
