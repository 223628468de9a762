"""Text files: unpacking, encodings and lines.

A text file is read once, in blocks that end at a line's end: its delivered bytes are hashed, unpacked where they are
compressed, and looked over for what decides how its records can be read. Contract, section 1, "Records".
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import zstandard

from flows.intake.held import Held

RECORD_LIMIT = 16 << 20
"""A record of more bytes than this makes its file held."""
SEPARATOR = b"\x1f"
"""A character that text files hardly hold, and that separates nothing where lines are read whole."""
_BLOCK = 128 << 10  # what is looked over at once: it stays in a core's cache
_LINES = 512 << 10  # what lines are made of at once
_STRIDE = 64 << 10
_PIECE = 8 << 10  # packed bytes unpacked at once: bounds what a file made of repetition grows to
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Text:
    """What one pass over a text file tells. `path` holds it unpacked, `encoding` is decided by `decide_encoding`."""

    path: Path
    sha256: str = ""
    bytes: int = 0
    lines: int = 0
    is_utf8: bool = True
    has_quote: bool = False
    has_control: bool = False
    has_long_line: bool = False
    carriage_returns: int = 0
    crlf: int = 0
    encoding: str = "utf-8"
    undecodable: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def has_plain_lines(self) -> bool:
        """Whether DuckDB's reader sees the same lines: one kind of line end, all UTF-8, none long, no control characters."""
        all_crlf = self.carriage_returns == self.crlf and self.crlf in (self.lines, self.lines - 1)
        return not (self.has_control or self.has_long_line or len(self.undecodable) or (self.carriage_returns and not all_crlf))

    def has_plain_fields(self) -> bool:
        """Whether, besides, every record is its line cut at commas. DuckDB's reader takes one comma too many at its end for none.

        Reads the file once more.
        """
        return self.has_plain_lines and not self.has_quote and not any(map(_has_empty_end, blocks(self.path)))


def survey(path: Path, compression: str, spool: Path) -> Text:
    """Reads a delivered file once. `compression` is "", "gz" or "zst"; an unpacked copy then goes to `spool`.

    Raises Held where the file cannot be unpacked, is empty, or holds a record of more than 16 MiB.
    """
    text = Text(spool if compression else path)
    digest = hashlib.sha256()
    held: Held | None = None
    with path.open("rb") as delivered:
        raw = _hashed(delivered, digest, text)
        try:
            if compression:
                with spool.open("wb") as unpacked:
                    _look_over(_teed(_unpack(raw, compression), unpacked), text)
            else:
                _look_over(raw, text)
        except (zlib.error, zstandard.ZstdError, EOFError) as error:
            held = Held(f"cannot be unpacked: {error}")
        except Held as error:
            held = error
        for _ in raw:  # what is left of a held file still counts for its hash
            pass
    text.sha256 = digest.hexdigest()
    if not text.bytes:
        held = Held("zero bytes")
    if held:
        held.sha256, held.bytes = text.sha256, text.bytes
        raise held
    return text


def _hashed(file: IO[bytes], digest: hashlib._Hash, text: Text) -> Iterator[bytes]:
    while data := file.read(_BLOCK):
        digest.update(data)
        text.bytes += len(data)
        yield data


def _teed(blocks: Iterator[bytes], copy: IO[bytes]) -> Iterator[bytes]:
    for block in blocks:
        copy.write(block)
        yield block


def _unpack(blocks: Iterator[bytes], compression: str) -> Iterator[bytes]:
    """Unpacked blocks of bounded size; several members or frames in one file are one content."""
    unpacked = (_gunzip if compression == "gz" else _unzstd)(
        block[start : start + _PIECE] for block in blocks for start in range(0, len(block), _PIECE)
    )
    for block in unpacked:
        for start in range(0, len(block), _BLOCK):
            yield block[start : start + _BLOCK]


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    member, begun = zlib.decompressobj(31), False
    for piece in pieces:
        while piece:
            if not begun and not (piece := piece.lstrip(b"\0")):  # padding between members
                break
            begun = True
            yield member.decompress(piece)
            piece = b""
            if member.eof:
                piece, member, begun = member.unused_data, zlib.decompressobj(31), False
    if begun:
        raise EOFError("the gzip data end in the middle")


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    frame, begun = zstandard.ZstdDecompressor().decompressobj(), False
    for piece in pieces:
        while piece:
            begun = True
            yield frame.decompress(piece)
            piece = b""
            if frame.eof:
                piece, frame, begun = frame.unused_data, zstandard.ZstdDecompressor().decompressobj(), False
    if begun:
        raise EOFError("the zstd data end in the middle")


def _whole_lines(blocks: Iterator[bytes], limit: float = math.inf) -> Iterator[bytes]:
    """The same bytes, cut so that each block ends with a line; the last may lack its line end. No BOM.

    Raises Held for a record of more bytes than `limit`.
    """
    carry, first = b"", True
    for block in blocks:
        if first:
            block = carry + block
            if len(block) < len(_BOM):
                carry = block
                continue
            block, carry, first = block.removeprefix(_BOM), b"", False
        cut = block.rfind(b"\n") + 1
        end = block.find(b"\n") if cut else len(block)
        if len(carry) + end > limit and len((carry + block[:end]).removesuffix(b"\r")) > limit:
            raise Held(f"a record of more than {RECORD_LIMIT >> 20} MiB")
        if cut:
            yield b"".join((carry, memoryview(block)[:cut]))
            carry = block[cut:]
        else:
            carry += block
    carry = carry.removeprefix(_BOM) if first else carry
    if carry:
        yield carry


def _look_over(blocks: Iterator[bytes], text: Text) -> None:
    for block in _whole_lines(blocks, RECORD_LIMIT):
        ends = np.count_nonzero(np.frombuffer(block, np.uint8) == 10)
        text.lines += int(ends) + (not block.endswith(b"\n"))
        text.has_quote = text.has_quote or b'"' in block
        text.has_control = text.has_control or b"\0" in block or SEPARATOR in block
        if b"\r" in block:
            text.carriage_returns += block.count(b"\r")
            text.crlf += block.count(b"\r\n")
        if text.is_utf8 and not block.isascii():
            text.is_utf8 = _decodes(block, "utf-8")
        text.has_long_line = text.has_long_line or any(
            block.find(b"\n", start, start + _STRIDE) < 0 for start in range(0, len(block) - _STRIDE, _STRIDE)
        )


def _has_empty_end(block: bytes) -> bool:
    """Whether a line of a block ends in a comma."""
    data = np.frombuffer(block.replace(b"\r\n", b"\n") if b"\r" in block else block, np.uint8)
    return block.endswith(b",") or bool(np.any((data[:-1] == 44) & (data[1:] == 10)))


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def blocks(path: Path) -> Iterator[bytes]:
    """A file's bytes, cut so that each block ends with a line; the last may lack its line end. No BOM."""
    with path.open("rb") as file:
        yield from _whole_lines(iter(lambda: file.read(_LINES), b""))


def padded_blocks(path: Path, padding: int) -> Iterator[tuple[npt.NDArray[np.uint8], int]]:
    """As blocks, each in a buffer that is used again for the next, and where it ends there; so many bytes follow, at least.

    The last line has its end. Of a file without lines that are longer than a block.
    """
    buffer = bytearray(_LINES + 1 + padding)
    data, room = np.frombuffer(buffer, np.uint8), memoryview(buffer)[:_LINES]
    with path.open("rb") as file:
        there = file.readinto(room[: len(_BOM)])
        there = 0 if room[:there] == _BOM else there
        while count := file.readinto(room[there:]):
            there += count
            if end := buffer.rfind(b"\n", 0, there) + 1:
                yield data, end
                buffer[: there - end] = buffer[end:there]
                there -= end
    if there:
        buffer[there : there + 1] = b"\n"
        yield data, there + 1


def decide_encoding(text: Text, spool: Path) -> None:
    """Lets the lines vote, and makes `text.path` a file that is UTF-8 throughout.

    Among lines with bytes over 127, those valid as UTF-8 vote UTF-8, those valid only as GB18030 vote GB18030; the
    majority decides, a tie is UTF-8. Lines that do not decode are listed in `text.undecodable`, from 1.
    """
    if text.is_utf8:
        return
    votes = 0  # for UTF-8 above zero
    for block in blocks(text.path):
        if not block.isascii():
            votes += _majority(block)
    text.encoding = "gb18030" if votes < 0 else "utf-8"
    before, undecodable = 0, []
    with spool.open("wb") as out:
        for block in blocks(text.path):
            if not _decodes(block, text.encoding):
                lines = block.split(b"\n")
                undecodable += [before + at for at, line in enumerate(lines, 1) if not _decodes(line, text.encoding)]
                decoded = "\n".join(line.decode(text.encoding, "replace") for line in lines)
            else:
                decoded = block.decode(text.encoding)
            out.write(decoded.encode("utf-8", "replace"))
            before += block.count(b"\n")
    text.undecodable = np.array(undecodable, np.int64)
    if text.path.parent == spool.parent:
        text.path.unlink()
    text.path = spool


def _majority(block: bytes) -> int:
    """Lines that vote UTF-8 less lines that vote GB18030."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == 10)
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(data))
    high = _lines_of(np.flatnonzero(data > 127), ends)
    if _decodes(block, "utf-8"):
        return len(high)
    bad = _lines_of(_not_utf8(data), ends)
    votes = len(high) - len(bad)
    if _decodes(block, "gb18030"):
        return votes - len(bad)
    starts = np.concatenate(([0], ends[:-1] + 1))
    return votes - sum(_decodes(block[starts[line] : ends[line]], "gb18030") for line in bad)


def _lines_of(positions: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """The lines, from 0, in which positions lie."""
    return np.unique(np.searchsorted(ends, positions))


def _not_utf8(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Positions at which bytes stop being UTF-8 (RFC 3629), at least one in every line that is not."""
    follows = (data & 0xC0) == 0x80
    lead2, lead3, lead4 = (data >= 0xC2) & (data <= 0xDF), (data & 0xF0) == 0xE0, (data >= 0xF0) & (data <= 0xF4)
    goes_on = np.ones(len(data) + 3, bool)  # a character that a line end breaks off says nothing of the next line
    goes_on[: len(data)] = data != 10
    wanted = np.zeros(len(data) + 3, bool)
    wanted[1:-2] |= lead2 | lead3 | lead4
    wanted[2:-1] |= (lead3 | lead4) & goes_on[1:-2]
    wanted[3:] |= lead4 & goes_on[1:-2] & goes_on[2:-1]
    wrong = wanted[: len(data)] != follows
    wrong |= (data == 0xC0) | (data == 0xC1) | (data > 0xF4)
    for lead, low, high in ((0xE0, 0xA0, 0xBF), (0xED, 0x80, 0x9F), (0xF0, 0x90, 0xBF), (0xF4, 0x80, 0x8F)):
        wrong[1:] |= (data[:-1] == lead) & follows[1:] & ((data[1:] < low) | (data[1:] > high))
    if wanted[len(data) :].any():  # cut off at the very end
        wrong[-1] = True
    return np.flatnonzero(wrong)


LINES = pa.schema([("line", pa.int64()), ("text", pa.string()), ("decodes", pa.bool_())])


def lines(text: Text, after: int = 0, only: npt.NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
    """The physical lines after line `after`, without their ends: batches of line (from 1), text, decodes.

    `only`: the numbers of those that are wanted, in order.
    """
    before = 0
    for block in blocks(text.path):
        if text.crlf:
            block = block.replace(b"\r\n", b"\n")
        data = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(data == 10)
        values = data[data != 10]
        offsets = np.concatenate(([0], ends - np.arange(len(ends))))
        if not block.endswith(b"\n"):
            offsets = np.append(offsets, len(values))
            offsets[-1] -= block.endswith(b"\r")
        count = len(offsets) - 1
        texts = pa.StringArray.from_buffers(count, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(values))
        numbers = np.arange(before + 1, before + count + 1, dtype=np.int64)
        decodes = np.packbits(~np.isin(numbers, text.undecodable), bitorder="little")
        # not pa.array, which would import pandas for each process that reads a file: a quarter of a second
        columns = [pa.Array.from_buffers(kind, count, [None, pa.py_buffer(told)]) for kind, told in
                   ((pa.int64(), numbers), (pa.bool_(), decodes))]  # fmt: skip
        batch = pa.record_batch([columns[0], texts, columns[1]], schema=LINES)
        before += count
        if before > after:
            batch = batch.slice(max(0, after - before + count))
            yield batch if only is None else _some(batch, only)


def _some(batch: pa.RecordBatch, only: npt.NDArray[np.int64]) -> pa.RecordBatch:
    """The lines of a batch that are wanted."""
    numbers = batch.column("line").to_numpy()
    wanted = only[np.searchsorted(only, numbers[0]) : np.searchsorted(only, numbers[-1], "right")] - numbers[0]
    return batch.take(pa.Array.from_buffers(pa.int64(), len(wanted), [None, pa.py_buffer(wanted)]))


def first_line(text: Text) -> tuple[int, str]:
    """The first line that is not blank, and its number. Raises Held where there is none or it does not decode."""
    for batch in lines(text):
        for number, line, decodes in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if not decodes:
                raise Held("the header does not decode")
            if line.strip():
                return number, line
    raise Held("no header")
