# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the bytes of an XML document to its text, whatever it claims to be encoded in. Pure.

Order: byte order mark, HTTP charset, XML declaration, UTF-8, windows-1252
(https://www.rfc-editor.org/rfc/rfc7303#section-3). One exception: a Latin charset is not believed
when the bytes are valid UTF-8 with accents, for no real text in Latin-1 is.
"""

import codecs
import re

_MARKS = (  # longest first: the mark of UTF-32-LE begins with that of UTF-16-LE
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PATTERNS = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"), (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"))
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_DECLARATION = re.compile(r"^<\?xml[^>]{0,400}\?>")
# as https://encoding.spec.whatwg.org/#names-and-labels reads these labels
_WIDER = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "iso8859-9": "cp1254"}
_LATIN = frozenset({"cp1252", "iso8859-15"})
_REFUSED = frozenset({"utf-7", "ascii", "unicode_escape", "raw-unicode-escape", "unicode-escape", "punycode", "idna"})
_ILLEGAL = {c: None for c in (*range(32), 0xFFFE, 0xFFFF) if c not in (9, 10, 13)}  # XML 1.0, production 2


def to_text(body: bytes, http_charset: str = "") -> str:
    """The document as text; never fails, for windows-1252 with replacements takes everything."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    for pattern, name in _PATTERNS:
        if body.startswith(pattern):
            return body.decode(name, "replace")
    declared = _DECLARED.match(body[:1024])
    claims = [_codec(http_charset), _codec(declared[1].decode("ascii") if declared else "")]
    utf8 = _try(body, "utf-8")
    for name in claims:
        if name in _LATIN and utf8 is not None:
            return utf8
        text = _try(body, name) if name and not name.startswith(("utf-16", "utf-32")) else None
        if text is not None:
            return text
    return utf8 if utf8 is not None else body.decode("cp1252", "replace")


def to_xml(body: bytes, http_charset: str = "") -> bytes:
    """The document as UTF-8 that says so, without leading white space or characters that XML forbids."""
    text = to_text(body, http_charset).translate(_ILLEGAL).lstrip("\ufeff \t\r\n")
    return ('<?xml version="1.0" encoding="utf-8"?>' + _DECLARATION.sub("", text, count=1)).encode("utf-8", "ignore")


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name if label else ""
    except (LookupError, ValueError):
        return ""
    return "" if name in _REFUSED else _WIDER.get(name, name)


def _try(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):
        return None
