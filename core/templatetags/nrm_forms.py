"""What the crispy pack `nrm` (templates/nrm/) needs to draw a field the way the design wants it.

A form field may carry, set by its form: `option_hints` (value → words under the choice), `shown_if`
(name of another field, values): the part is folded away by script while another answer is given; without
script it stays, and the server decides either way what is kept. `expected`: such a part is not optional once
it is shown.
"""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.fields import Field
from django.forms.forms import BaseForm
from django.utils.safestring import SafeString

register = template.Library()

TEXT = (forms.TextInput, forms.Textarea, forms.Select, forms.DateInput, forms.FileInput)


@register.filter
def quiet(field: BoundField) -> BoundField:
    """The field without `required`: the browser stays silent, the server tells what is missing, in words."""
    field.form.use_required_attribute = False
    return field


@register.filter
def is_choices(field: BoundField) -> bool:
    """Radio buttons or checkboxes: several controls with one question, so a fieldset with a legend."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def control(field: BoundField) -> SafeString:
    """The control itself, with the classes and hooks of the design and without `required` and `maxlength`."""
    quiet(field)
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    if not isinstance(widget, forms.CheckboxInput | forms.HiddenInput):
        attrs["class"] = " ".join(filter(None, ["input", width(field), str(widget.attrs.get("class", ""))]))
        attrs.setdefault("autocomplete", widget.attrs.get("autocomplete", "off"))
    if isinstance(widget, forms.Textarea) and (most := getattr(field.field, "max_length", None)):
        attrs |= {"maxlength": False, "data-nrm-count": most}
    if (
        isinstance(widget, forms.Select)
        and not widget.allow_multiple_selected
        and len(list(widget.choices)) > 40
    ):
        attrs["data-nrm-combobox"] = ""
    return field.as_widget(attrs=attrs)


def width(field: BoundField) -> str:
    if isinstance(field.field, forms.DateField | forms.DateTimeField | forms.TimeField):
        return "w-date"
    return "w-num" if isinstance(field.field, forms.IntegerField) else ""


@register.filter
def marked_optional(field: BoundField) -> bool:
    """Optional fields say so; required ones say nothing. A lone checkbox explains itself."""
    asked = field.field.required or getattr(field.field, "expected", False)
    return not asked and not field.field.disabled and not is_checkbox(field)


@register.filter
def option_hint(option: BoundWidget, field: BoundField) -> str:
    hints: dict[str, str] = getattr(field.field, "option_hints", {})
    return hints.get(str(option.data["value"]), "")


@register.filter
def shown_if(field: BoundField) -> str:
    """`name=value|value` for the script, or nothing."""
    condition = getattr(field.field, "shown_if", None)
    if not condition:
        return ""
    name, values = condition
    return f"{field.form.add_prefix(name)}={'|'.join(str(value) for value in values)}"


@register.filter
def error_links(form: BaseForm) -> list[tuple[str, str]]:
    """(id of the first control of the question, words) for every error of every field.

    Django's own words for "missing" name no question; then the label is put in front.
    """
    found = []
    for name, errors in form.errors.items():
        if name not in form.fields:
            continue
        bare = str(Field.default_error_messages["required"])
        for words in map(str, errors):
            told = f"{form[name].label}: {words}" if words == bare else words
            found.append((first_control(form[name]), told))
    return found


def first_control(field: BoundField) -> str:
    return f"{field.auto_id}_0" if is_choices(field) else field.id_for_label or field.auto_id
