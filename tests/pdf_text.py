"""Reads a PDF as typst writes it: objects, streams and the text that it shows. For tests alone."""

import re
import zlib
from collections.abc import Iterator
from functools import cached_property

_OBJECT = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) [-\d.]+ Tf")
_MARK = re.compile(rb"\\.|[()]", re.DOTALL)
_NAMED = re.compile(rb"/[A-Za-z]+\s*\Z")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Pdf:
    """A PDF file."""

    def __init__(self, data: bytes) -> None:
        """Take it apart."""
        self.objects = {int(one[1]): one[2] for one in _OBJECT.finditer(data)}

    def like(self, words: bytes) -> list[bytes]:
        """Return the objects that begin with these words within their dictionary."""
        return [one for one in self.objects.values() if words in one.split(b"stream\n", 1)[0]]

    def stream(self, number: int) -> bytes:
        """Return what a stream holds."""
        head, _, body = self.objects[number].partition(b"stream\n")
        length = re.search(rb"/Length (\d+)", head)
        assert length is not None
        packed = body[: int(length[1])]
        return zlib.decompress(packed) if b"/Filter/FlateDecode" in head else packed

    @cached_property
    def text(self) -> str:
        """The letters that all pages show, in order, without the gaps between them."""
        return "".join(map(self._page, self.like(b"/Type/Page/")))

    def _page(self, page: bytes) -> str:
        resources = self.objects[_number(page, b"Resources")]
        fonts = {
            name: self._letters(int(number))
            for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
        }
        now: dict[bytes, str] = {}
        said = []
        for word in _words(self.stream(_number(page, b"Contents"))):
            if isinstance(word, str):
                now = fonts[word.encode()]
            else:
                said += [now[word[at : at + 2]] for at in range(0, len(word), 2)]
        return "".join(said)

    def _letters(self, font: int) -> dict[bytes, str]:
        table = self.stream(_number(self.objects[font], b"ToUnicode"))
        return {
            bytes.fromhex(glyph.decode()): bytes.fromhex(text.decode()).decode("utf-16-be")
            for glyph, text in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", table)
        }


def _words(content: bytes) -> Iterator[str | bytes]:
    """Yield fonts, as text, and strings, as glyphs, in the order in which they are used.

    Parentheses within a string come in pairs, or are escaped. What stands behind a name is no text
    that is shown, but a property of it.
    """
    place, depth, start = 0, 0, 0
    while found := _MARK.search(content, place):
        if not depth:
            yield from (one.decode() for one in _FONT.findall(content, place, found.start()))
            start = found.end()
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        place = found.end()
        if not depth and not _NAMED.search(content[start - 24 : start - 1]):
            yield _ESCAPED.sub(_unescaped, content[start : found.start()])


def _number(words: bytes, name: bytes) -> int:
    found = re.search(rb"/%b (\d+) 0 R" % name, words)
    assert found is not None
    return int(found[1])


def _unescaped(found: re.Match[bytes]) -> bytes:
    one = found[1]
    return bytes([int(one, 8)]) if one.isdigit() else _LETTERS.get(one, one)
