# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the bytes of an XML document to its text, whatever it claims to be encoded in. Pure.

Order: byte order mark, HTTP charset, XML declaration, UTF-8, windows-1252
(https://www.rfc-editor.org/rfc/rfc7303#section-3). One exception: a Latin charset is not believed
when the bytes are valid UTF-8 with accents, for no real text in Latin-1 is. A few faults do not keep a document from
being UTF-8.
"""

import codecs
import re

_STARTS = (  # marks first, the longest before the others: the mark of UTF-32-LE begins with that of UTF-16-LE
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_OPENING = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n])*(?:<\?xml[^>]{0,400}\?>)?")
# as https://encoding.spec.whatwg.org/#names-and-labels reads these labels
_WIDER = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "iso8859-9": "cp1254"}
_LATIN = frozenset({"cp1252", "iso8859-15"})
_REFUSED = frozenset({"utf-7", "ascii", "unicode_escape", "raw-unicode-escape", "unicode-escape", "punycode", "idna"})
_ILLEGAL = bytes(code for code in range(32) if code not in (9, 10, 13))  # XML 1.0, production 2
_NO_CHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]{1,7})(?![0-9a-fA-F])|0*([0-9]{1,8})(?![0-9])|[xX]?[0-9a-fA-F]+);?")
_ROOT = re.compile(rb"<[^!?]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\ufffd]")
_WHOLE = 4  # letters beyond ASCII that are whole, for each that is not
_LONG_BLANK = re.compile(rb"\s{50,}")


def to_text(body: bytes, http_charset: str = "") -> str:
    """The document as text; never fails, for windows-1252 with replacements takes everything."""
    return body.decode(_name(body, http_charset), "replace")


def to_xml(body: bytes, http_charset: str = "") -> bytes:
    """The document as UTF-8 that says so, without leading white space or characters that XML forbids."""
    name = _name(body, http_charset)
    utf8 = name == "utf-8" and _reads(body, name)
    encoded = body if utf8 else body.decode(name, "replace").encode("utf-8", "ignore")
    legal = encoded.translate(None, _ILLEGAL)  # by bytes, for it is a hundred times as fast as by characters
    if b"\xef" in legal:
        legal = _NO_CHARACTER.sub(b"", legal)
    if b"&#" in legal:
        legal = _REFERENCE.sub(_reference, legal)
    return b'<?xml version="1.0" encoding="utf-8"?>' + _squeezed(_OPENING.sub(b"", legal, count=1))


def _squeezed(xml: bytes) -> bytes:
    """Without long white space before the root element, for which feedparser takes the square of its length."""
    root = _ROOT.search(xml)
    begins = root.start() if root else len(xml)
    return _LONG_BLANK.sub(b"\n", xml[:begins]) + xml[begins:]


def _reference(found: re.Match[bytes]) -> bytes:
    """A character reference, or nothing if XML has no such character: feedparser would lose the whole feed over it."""
    code = int(found[1], 16) if found[1] else int(found[2] or b"0")
    legal = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if legal else b""


def _name(body: bytes, http_charset: str) -> str:
    """The codec to read ``body`` by."""
    for start, name in _STARTS:
        if body.startswith(start):
            return name
    declared = _DECLARED.match(body[:1024])
    claims = [_codec(http_charset), _codec(declared[1].decode("ascii") if declared else "")]
    utf8 = _reads(body, "utf-8")
    for name in claims:
        if utf8 and (name == "utf-8" or name in _LATIN):
            return "utf-8"
        if name and not name.startswith(("utf-8", "utf-16", "utf-32")) and _reads(body, name):
            return name
    return "utf-8" if utf8 or _scarred(body) else "cp1252"


def _scarred(body: bytes) -> bool:
    """Whether it is UTF-8 but for a few bytes: publishing systems that shorten a text may cut through a letter."""
    text = body.decode("utf-8", "replace")
    scars = text.count("\ufffd")
    return len(_BEYOND_ASCII.findall(text)) >= _WHOLE * scars


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name if label else ""
    except (LookupError, ValueError):
        return ""
    return "" if name in _REFUSED else _WIDER.get(name, name)


def _reads(body: bytes, name: str) -> bool:
    try:
        body.decode(name)
    except (UnicodeError, LookupError):
        return False
    return True
