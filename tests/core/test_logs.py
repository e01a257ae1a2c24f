import json
import logging
import sys
from uuid import uuid4

import pytest

from core import context, logs


def record(message: str, *args: object, exc: BaseException | None = None) -> logging.LogRecord:
    info = (type(exc), exc, exc.__traceback__) if exc else None
    return logging.LogRecord("nrm", logging.INFO, __file__, 1, message, args, info)


@pytest.mark.parametrize(
    "text",
    ["anna.lind@example.se", "19900102-1234", "9001021234", "+46 70 123 45 67", "/sok/?q=Anna&x=1"],
)
@pytest.mark.security("S54", "texts that look personal, in a line of the log")
def test_what_looks_personal_is_masked(text: str) -> None:
    line = logs.JsonLine().format(record("seen %s here", text))
    assert text.split("?")[-1] not in line
    assert "here" in line


def test_ids_paths_and_counts_are_kept() -> None:
    case = str(uuid4())
    assert case in logs.mask(f"/arenden/{case}/ took 1234 ms, H26-00417-U")
    assert "1234 ms" in logs.mask("took 1234 ms")


@pytest.mark.security("S55", "line breaks and colours in what is logged")
def test_input_cannot_forge_a_line() -> None:
    hostile = "a\r\nERROR forged \x1b[31m\u2028\u202e%s"
    assert len(logs.JsonLine().format(record("%s", hostile)).splitlines()) == 1
    assert len(logs.PlainLine().format(record("%s", hostile)).splitlines()) == 1


@pytest.mark.security("S56", "an exception that carries a secret")
def test_text_of_an_exception_is_left_out() -> None:
    try:
        raise ValueError("Key (email)=(secret name) already exists")
    except ValueError as error:
        line = logs.JsonLine().format(record("failed", exc=error))
    assert "secret name" not in line
    found = json.loads(line)
    assert found["error"] == "builtins.ValueError"
    assert sys._getframe().f_code.co_name in found["frames"][-1]


def test_line_names_the_request() -> None:
    with context.scope() as request_id:
        assert json.loads(logs.JsonLine().format(record("x")))["request"] == str(request_id)
    assert "request" not in json.loads(logs.JsonLine().format(record("x")))
