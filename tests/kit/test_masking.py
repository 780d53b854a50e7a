"""No form of a secret survives, and innocent text is left alone."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kit.masking import Mask, forms_of

VALUE = 'pa/ss+w<ö>rd&"\\9'
SIGNS = st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="[]")
SECRETS = st.builds(
    lambda head, text: head + text, st.sampled_from(["x7Q/", "p&ß+", "a%20"]), st.text(SIGNS, min_size=5)
)


def mask(**names: str) -> Mask:
    """Return a mask for values by name."""
    known = {value: name for name, value in names.items()}
    return Mask(lambda: known)


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        json.dumps(VALUE)[1:-1],
        json.dumps(VALUE, ensure_ascii=False)[1:-1],
        json.dumps(VALUE).replace("/", "\\/")[1:-1],
        json.dumps(json.dumps(VALUE))[3:-3],
        json.dumps(VALUE, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")[1:-1],
        quote(VALUE),
        quote(VALUE, safe=""),
        quote_plus(VALUE),
        quote(VALUE, safe="").replace("%2F", "%2f").replace("%C3%B6", "%c3%b6").replace("%3C", "%3c").replace("%3E", "%3e")
        .replace("%2B", "%2b").replace("%5C", "%5c"),
        repr(VALUE)[1:-1],
        json.dumps(VALUE)[1:-1].replace("\\u00f6", "\\u00F6"),
        json.dumps(VALUE)[1:-1].replace("\\u00f6", "ö").replace("+", "\\u002B").replace("<", "\\u003C").replace(">", "\\u003E")
        .replace("&", "\\u0026").replace('\\"', "\\u0022").replace("ö", "\\u00F6"),
        quote_plus(VALUE, safe="*").replace("~", "%7E"),
    ],
)  # fmt: skip
def test_escaped_forms_are_hidden(form: str) -> None:
    """A value is hidden raw, JSON-escaped (also twice) and URL-escaped by the usual rules."""
    assert mask(token=VALUE).text(f"before {form} after") == "before [secret token] after"


@given(SECRETS, st.binary(max_size=5), st.binary(max_size=5), st.booleans())
def test_base64_is_hidden_at_every_alignment(value: str, before: bytes, after: bytes, url: bool) -> None:
    """Wherever a value stands in what is encoded, nothing of it but its edges can be decoded."""
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    hidden = mask(token=value).apply(encode(before + value.encode() + after))
    assert b"[secret token]" in hidden
    left, _, right = hidden.partition(b"[secret token]")
    assert len(left) <= len(before) * 8 // 6 + 2
    assert len(right) <= len(after) * 8 // 6 + 6


def test_wrapped_base64_is_hidden() -> None:
    """The lines of base64 as ``base64`` and PEM wrap it are hidden one by one."""
    value = "".join(chr(33 + at * 7 % 90) for at in range(300))
    encoded = base64.b64encode(value.encode()).decode()
    for width in (64, 76):
        for at in range(0, len(encoded) - width, width):
            assert mask(key=value).text(encoded[at : at + width]) == "[secret key]"


def test_lines_of_a_long_value_are_hidden() -> None:
    """A value of several lines is hidden line by line, and whole in JSON."""
    value = "-----BEGIN KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n-----END KEY-----\n"
    hidden = mask(key=value)
    assert hidden.text("x MIGHAgEAMBMGByqGSM49 y") == "x [secret key] y"
    assert "MIGH" not in hidden.text(value)
    assert hidden.text(json.dumps({"key": value})) == '{"key": "[secret key]"}'


def test_a_name_is_shown_where_known() -> None:
    """Values with a name show it; others only that they were secret. The longest value wins."""
    known = {"canary-one-two": "long", "canary-one": "", "other-canary": ""}
    hidden = Mask(lambda: known)
    assert hidden.text("canary-one-two canary-one other-canary") == "[secret long] [secret] [secret]"
    plain = frozenset({"canary-one"})
    assert Mask(lambda: plain).text("a canary-one") == "a [secret]"


def test_a_changed_source_counts_at_once() -> None:
    """A secret that becomes known later is hidden from then on."""
    known: list[frozenset[str]] = [frozenset()]
    hidden = Mask(lambda: known[0])
    assert hidden.text("canary-one") == "canary-one"
    known[0] = frozenset({"canary-one"})
    assert hidden.text("canary-one") == "[secret]"


@given(st.binary())
def test_without_secrets_nothing_changes(data: bytes) -> None:
    """With nothing to hide every byte comes back."""
    assert Mask(frozenset).apply(data) == data


@given(st.lists(SECRETS, min_size=1, max_size=4), st.data())
def test_what_may_become_a_secret_is_held_back(values: list[str], data: st.DataObject) -> None:
    """However a text is parted, hiding the safe part and then the rest hides as much as hiding the whole."""
    names = dict.fromkeys(values, "")
    hidden = Mask(lambda: names)
    forms = [form for value in values for form in sorted(forms_of(value))]
    text = b"".join(
        data.draw(st.lists(st.sampled_from([*forms, b"x", b" ", *(form[:3] for form in forms)]), max_size=6))
    )
    at = data.draw(st.integers(0, len(text)))
    safe = hidden.safe_until(text[:at])
    joined = hidden.apply(text[:safe]) + hidden.apply(text[safe:])
    assert not any(form in joined for form in forms if form not in b"[secret]")
