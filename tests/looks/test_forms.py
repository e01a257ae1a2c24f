"""The crispy pack: structure after GOV.UK, words instead of `required`, everything connected by ids."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template import Context, Template

from nrm_portal.gallery import SampleForm

PLAIN = Template("{% load crispy_forms_tags %}{{ form|crispy }}")
WHOLE = Template("{% load crispy_forms_tags %}{% crispy form %}")


def drawn(form: forms.Form, template: Template = PLAIN) -> str:
    return template.render(Context({"form": form, "csrf_token": "x"}))


def test_no_required_no_maxlength_no_placeholder() -> None:
    html = drawn(SampleForm())
    assert " required" not in html
    assert "maxlength" not in html
    assert "placeholder" not in html
    assert 'data-nrm-count="2000"' in html


def test_choices_are_a_fieldset_with_a_legend_and_hints() -> None:
    html = drawn(SampleForm())
    assert html.count("<fieldset") == html.count("<legend") == 2
    assert '<label for="id_danger_0">' in html
    assert 'class="hint">' in html


def test_hint_and_error_are_connected_in_that_order_before_the_control() -> None:
    html = drawn(SampleForm({"born": "x"}))
    assert 'aria-describedby="id_born_helptext id_born_error"' in html
    assert html.index('id="id_born_helptext"') < html.index('id="id_born_error"') < html.index('id="id_born"')
    assert 'aria-invalid="true"' in html


def test_optional_is_said_and_required_is_not() -> None:
    html = drawn(SampleForm())
    assert html.count('class="optional"') == 4  # needs, place, story, file; a lone checkbox explains itself


def test_error_summary_links_to_the_first_control_of_each_question() -> None:
    template = Template('{% include "components/error_summary.html" with form=form only %}')
    html = drawn(SampleForm({}), template)
    assert 'href="#id_danger_0"' in html
    assert 'href="#id_name"' in html
    assert "Namn eller alias:" in html or "Name or alias:" in html


def test_whole_form_has_token_and_leaves_checking_to_the_server() -> None:
    html = drawn(SampleForm(), WHOLE)
    assert "novalidate" in html
    assert "csrfmiddlewaretoken" in html


def test_dependent_part_names_what_it_depends_on() -> None:
    assert 'data-nrm-if="danger=yes"' in drawn(SampleForm())
    assert 'data-nrm-if="a-danger=yes"' in drawn(SampleForm(prefix="a"))


def test_what_people_write_is_escaped_and_kept() -> None:
    html = drawn(SampleForm({"name": "<b>Șerban</b>"}))
    assert "<b>" not in html
    assert "Șerban" in html


class ManyChoices(forms.Form):
    place: Any = forms.ChoiceField(choices=[(str(n), str(n)) for n in range(290)])


def test_long_lists_become_searchable() -> None:
    assert "data-nrm-combobox" in drawn(ManyChoices())
