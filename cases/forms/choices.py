"""How somebody wants to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import Channel, NoticeGroup

SPELLINGS = ["%H:%M", "%H.%M", "%H:%M:%S", "%H%M", "%H"]
WHAT = {
    NoticeGroup.REFERRALS: gettext_lazy("New referrals, additions, cases that change desk"),
    NoticeGroup.CASES: gettext_lazy("Accepted, assigned, closed, changed consent"),
    NoticeGroup.AGENCIES: gettext_lazy("Your agency is invited, an agency answers, disputes"),
    NoticeGroup.MESSAGES: gettext_lazy("Messages and new documents"),
    NoticeGroup.STEPS: gettext_lazy("Before a deadline, when it has come and when it has passed"),
    NoticeGroup.VIEWS: gettext_lazy("A case comes into a view you follow"),
}


def _time(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=SPELLINGS,
        widget=forms.TimeInput(format="%H:%M", attrs={"autocomplete": "off", "size": 6}),
        error_messages={"invalid": gettext_lazy("Write the time like this: 22:00")},
        **more,
    )


class ChoicesForm(forms.Form):
    """One line for each group of events, and the quiet hours."""

    def __init__(self, *args: Any, default: Channel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = _("As in my settings: %(channel)s") % {"channel": default.label}
        for group in NoticeGroup:
            self.fields[group.value] = forms.ChoiceField(
                label=group.label,
                help_text=WHAT[group],
                required=False,
                choices=[("", usual), *Channel.choices],
            )
            self.fields[group.value].expected = True  # type: ignore[attr-defined]
        self.fields["quiet_from"] = _time(
            _("Quiet from"), help_text=_("For example 20:00. Leave empty for no quiet hours.")
        )
        self.fields["quiet_until"] = _time(_("Quiet until"), help_text=_("For example 07:00"))

    def groups(self) -> dict[str, str]:
        return {group.value: self.cleaned_data[group.value] for group in NoticeGroup}
