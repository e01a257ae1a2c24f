"""What is typed by somebody who means harm."""

from __future__ import annotations

from typing import Final

MARK: Final = "xq7"
"""Stands in every payload: where it turns up as markup, something got through."""
SCRIPTS: Final = (
    "<script>xq7()</script>",
    '"><xq7 onerror=xq7()>',
    "'><img src=x onerror=xq7()>",
    "</textarea><xq7>",
    "</title></style><xq7>",
    "</script><script>xq7()</script>",
    "--><xq7>",
    "]]><xq7/>",
    "javascript:xq7()",
    '" autofocus onfocus="xq7()" x="',
    "&lt;xq7&gt;&#60;xq7&#62;%3Cxq7%3E\\u003cxq7\\u003e",
    "<svg/onload=xq7()><a href='javascript:xq7()'>x</a><iframe src=//evil.example>",
)
ALL_SCRIPTS: Final = "".join(SCRIPTS)
SHORT: Final = '"><xq7 onx=1>'
_SUM: Final = "{7919*1000003*104729}"
TEMPLATES: Final = f"{{{_SUM}}}{{% include 'base.html' %}}{{# #}}%(xq7)s%s{{0.__class__}}${_SUM}#{_SUM}"
SOLVED: Final = "829351439046853"
"""So long that no id of the page holds it by chance."""
FORMULAS: Final = (
    '=HYPERLINK("http://evil.example","x")', "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\ufeff=1", "\uff1d1",
    "\uff0b1", "\uff0d1", "\uff20x", "|cmd", "%0a=1", "\n=1", "'=1", ' "=1"', "\u200b=1", "\u00a0=1",
)  # fmt: skip
NASTY: Final = (
    "\0", "a\0b", "\ufdd0\uffff", "\u200b\u2060\ufeff", "\u202eabc\u202c", "\u0301" * 500,
    "\r\n\r\nX: y", "\x1b[31m", "0" * 400, "-1", "1e999", "NaN",
    "10000000000000000000", "0001-01-01", "9999-12-31", "2027-02-29",
    "2028-02-29", "0000-00-00", "24:60", "1989-13-45", "890262-3984", "19890262-0000", "701063-2391",
    "000000-0000", "20001301-1111", "+46" + "7" * 40, "'; DROP TABLE cases_case;--", "%_%",
    "../../etc/passwd", "CON",
    "{}", "[[[[[[", '{"a":' * 500, "null", "True", "a@b@c", "x" * 300 + "@example.org", "½٣",
    "\U0001f9d1\u200d\U0001f4bb", "İıſK", "a\n" * 3000, "(" * 3000, "x" * 20_000,
)  # fmt: skip
ENORMOUS: Final = "å" * 1_000_000
