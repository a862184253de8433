"""Tests that text from outside is shown literally in Markdown."""

from __future__ import annotations

import string

from playground.markdown import literal


def test_marks_are_escaped_and_words_stay() -> None:
    assert literal("![x](http://a/b) a**b _c_ `d` $e$ <f> ~g~") == (
        r"!\[x\](http://a/b) a\*\*b \_c\_ \`d\` \$e\$ \<f\> \~g\~"
    )
    assert literal("\\*") == r"\\\*"


def test_a_colon_makes_no_colour_and_no_sign() -> None:
    assert literal(":red[a] line 3: b") == r"\:red\[a\] line 3: b"


def test_only_what_markdown_lets_escape_is_escaped() -> None:
    plain = string.ascii_letters + string.digits + " ×−é\n.,:"
    assert literal(plain) == plain
