"""Lines, encodings and compression of text files. Contract 1, "Records".

Most cases are files of counties/, whose rows are short: `county_code,year,population`. A line's verdict is told by its
number; the counties that were accepted by their populations.
"""

from __future__ import annotations

import gzip
import itertools
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.intake import text as text_files

if TYPE_CHECKING:
    from tests.conftest import Read, Reader

HEADER = b"county_code,year,population\n"
LIMIT = 16 * 1024 * 1024


def row(population: int) -> bytes:
    """A right line of counties/."""
    return f"371721,2019,{population}".encode()


def populations(read: Read) -> list[int]:
    """The accepted counties, told by their populations."""
    return [r["population"] for r in read.rows]


class TestLines:
    def test_a_record_is_a_line_and_lines_count_from_1_with_the_header(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", HEADER + row(1) + b"\nx\n" + row(2) + b"\ny\n")
        assert populations(read) == [1, 2]
        assert read.reasons == {3: "unparseable", 5: "unparseable"}

    def test_the_last_line_may_lack_its_end(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", HEADER + row(1) + b"\n" + row(2))
        assert populations(read) == [1, 2]

    def test_crlf(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", (HEADER + row(1) + b"\nx\n" + row(2)).replace(b"\n", b"\r\n"))
        assert populations(read) == [1, 2]
        assert read.raw == {3: "x"}

    def test_line_ends_may_be_mixed(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", HEADER + row(1) + b"\r\n" + row(2) + b"\n" + row(3) + b"\r\n" + row(4))
        assert populations(read) == [1, 2, 3, 4]

    def test_a_lone_carriage_return_ends_no_line(self, reader: Reader) -> None:
        # one line of five fields, 371721 2019 "1\r371721" 2019 2
        read = reader.read("counties", "csv", HEADER + row(1) + b"\r" + row(2) + b"\n" + row(3) + b"\n")
        assert populations(read) == [3]
        assert read.reasons == {2: "unparseable"}

    def test_a_file_whose_lines_end_in_lone_carriage_returns_is_all_header(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", (HEADER + row(1) + b"\n" + row(2)).replace(b"\n", b"\r"))
        assert read.held == "missing required columns: population"  # its header reads population\r371721

    def test_a_lone_carriage_return_in_a_value_is_a_blank(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", HEADER + b"371721,\r2019,1\n" + b"371721,20\r19,2\n" + row(3))
        assert populations(read) == [1, 3]
        assert read.reasons == {3: "invalid:year"}
        assert read.raw == {3: "371721,20\r19,2"}

    def test_other_separators_of_lines_end_no_line(self, reader: Reader) -> None:
        for separator in ("\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"):
            read = reader.read("counties", "csv", HEADER + row(1) + separator.encode() + row(2) + b"\n" + row(3))
            assert populations(read) == [3], ascii(separator)
            assert read.reasons == {2: "unparseable"}, ascii(separator)

    def test_a_nul_byte_spoils_its_own_value(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", HEADER + row(1) + b"\n371721,2019,\x002\n" + row(3) + b"\n")
        assert populations(read) == [1, 3]
        assert read.reasons == {3: "invalid:population"}
        assert read.raw == {3: "371721,2019,\x002"}

    def test_blank_lines_are_no_records_and_still_count(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", HEADER + b"\n" + row(1) + b"\n  \t\n\xe3\x80\x80\nx\n\n\n" + row(2) + b"\n\n")
        assert populations(read) == [1, 2]
        assert read.reasons == {6: "unparseable"}
        assert read.segment.rows == 3

    def test_a_long_record_in_the_midst(self, reader: Reader) -> None:
        long = b"371721," + b" " * 300_000 + b"2019,2"
        read = reader.read("counties", "csv", HEADER + row(1) + b"\n" + long + b"\n" + row(3) + b"\n")
        assert populations(read) == [1, 2, 3]

    def test_many_lines(self, reader: Reader) -> None:
        # 60,000 lines are some blocks; every 9,999th (from 1) is spoilt: line numbers 1 + 9,999 n
        lines = [b"x" if i % 9_999 == 0 else row(i) for i in range(1, 60_001)]
        read = reader.read("counties", "csv", HEADER + b"\n".join(lines))
        assert read.reasons == {1 + 9_999 * n: "unparseable" for n in range(1, 7)}
        assert read.segment.accepted == 59_994


class TestHeader:
    def test_a_bom_is_no_part_of_the_header(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", b"\xef\xbb\xbf" + HEADER + row(1))
        assert populations(read) == [1]
        assert (read.segment.encoding, read.segment.unknown_columns) == ("utf-8", ())

    def test_the_header_is_the_first_line_that_is_not_blank(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", b"\xef\xbb\xbf\n \n\r\n" + HEADER + row(1) + b"\nx\n")
        assert populations(read) == [1]
        assert read.reasons == {6: "unparseable"}

    def test_only_a_header(self, reader: Reader) -> None:
        for end in (b"", b"\n", b"\r\n", b"\n\n \n"):
            read = reader.read("counties", "csv", HEADER.strip() + end)
            assert (read.held, read.segment.rows, read.segment.accepted, read.segment.quarantined) == (None, 0, 0, 0)

    def test_a_file_of_zero_bytes_is_held(self, reader: Reader) -> None:
        for kind in ("csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "parquet", "xlsx"):
            read = reader.read("counties", kind, b"")
            assert read.held == "zero bytes", kind
            assert (read.segment.rows, read.segment.accepted, read.segment.quarantined, read.rows) == (None, None, None, [])

    @pytest.mark.parametrize("content", [b"\n", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n\n", b"\xef\xbb"])
    def test_a_file_without_a_header_is_held(self, reader: Reader, content: bytes) -> None:
        assert reader.read("counties", "csv", content).held

    def test_a_header_that_does_not_decode_is_held(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", b"county_code,year,population,\xff\n" + row(1))
        assert read.held == "the header does not decode"

    def test_a_header_in_the_encoding_that_lost_the_vote_is_held(self, reader: Reader) -> None:
        # one line for GB18030, the header; two for UTF-8
        content = "县代码,年份,人口,备注".encode("gb18030") + "\n371721,2019,1,好\n371721,2019,2,好".encode()
        assert reader.read("counties", "csv", content).held == "the header does not decode"

    def test_a_header_with_broken_quotes_is_held(self, reader: Reader) -> None:
        assert reader.read("counties", "csv", b'county_code,"year,population\n' + row(1)).held

    def test_a_jsonl_file_is_never_held_for_its_columns(self, reader: Reader) -> None:
        read = reader.read("counties", "jsonl", b'{"x": 1}\n')
        assert read.held is None
        assert read.reasons == {1: "missing:county_code;missing:year;missing:population"}


CLOSED = "交易关闭"
PAID = "买家已付款"  # its 15 bytes of UTF-8, an odd number, and the comma after them are no GB18030


def order(number: int, status: str = "TRADE_FINISHED") -> str:
    """A right line of transactions/, told by its number."""
    return f"{number},1,2019-05-01,5,,{status},2019-06-01"


ORDERS = "transaction_id,shop_id,paid_at,amount,refunded_amount,status,updated_at"


class TestEncoding:
    """Among lines with bytes over 127, those valid as UTF-8 vote UTF-8, those valid only as GB18030 vote GB18030."""

    @staticmethod
    def read(reader: Reader, *lines: bytes, kind: str = "csv") -> Read:
        return reader.read("transactions", kind, b"\n".join([ORDERS.encode(), *lines]) + b"\n")

    def test_ascii_is_utf8(self, reader: Reader) -> None:
        assert self.read(reader, order(1).encode()).segment.encoding == "utf-8"

    @pytest.mark.parametrize("encoding", ["gb18030", "gbk", "gb2312"])
    def test_a_file_in_gb18030(self, reader: Reader, encoding: str) -> None:
        read = self.read(reader, order(1, "交易成功").encode(encoding), order(2).encode(), order(3, "成功").encode(encoding))
        assert read.segment.encoding == "gb18030"
        assert [r["status"] for r in read.rows] == ["TRADE_FINISHED", "TRADE_FINISHED"]
        assert read.reasons == {4: "invalid:status"}
        assert read.raw == {4: "3,1,2019-05-01,5,,成功,2019-06-01"}

    def test_gb18030_of_four_bytes(self, reader: Reader) -> None:
        line = "1,taobao,individual,2010-01-01,,,,,户㐂𠮷,2019-06-01"
        read = reader.read("shops", "csv", f"{SHOPS}\n{line}\n".encode("gb18030"))
        assert read.segment.encoding == "gb18030"
        assert [r["household_id"] for r in read.rows] == ["户㐂𠮷"]

    def test_the_header_votes_too(self, reader: Reader) -> None:
        # the header and one line are GB18030, one line is UTF-8: two to one
        content = "县代码,年份,人口,备注\n371721,2019,1,好\n".encode("gb18030") + "371721,2019,2,好\n".encode()
        read = reader.read("counties", "csv", content)
        assert read.segment.encoding == "gb18030"
        assert populations(read) == [1]
        assert read.reasons == {3: "unparseable"}

    def test_the_majority_decides_and_what_does_not_decode_is_unparseable(self, reader: Reader) -> None:
        gb, utf = (order(1, CLOSED).encode("gb18030"), order(2, PAID).encode())
        two_to_one = self.read(reader, gb, gb.replace(b"1,1", b"3,1"), utf)
        assert two_to_one.segment.encoding == "gb18030"
        assert two_to_one.reasons == {4: "unparseable"}
        one_to_two = self.read(reader, gb, utf, utf.replace(b"2,1", b"3,1"))
        assert one_to_two.segment.encoding == "utf-8"
        assert one_to_two.reasons == {2: "unparseable"}

    def test_a_tie_is_utf8(self, reader: Reader) -> None:
        read = self.read(reader, order(1, CLOSED).encode("gb18030"), order(2, CLOSED).encode())
        assert read.segment.encoding == "utf-8"
        assert read.reasons == {2: "unparseable"}
        assert [r["transaction_id"] for r in read.rows] == [2]

    def test_a_line_that_is_neither_has_no_vote(self, reader: Reader) -> None:
        # ff is neither's; so one vote for GB18030 and none for UTF-8
        neither = order(1).encode() + b"\xff"
        read = self.read(reader, neither, neither, neither, order(2, CLOSED).encode("gb18030"))
        assert read.segment.encoding == "gb18030"
        assert read.reasons == {2: "unparseable", 3: "unparseable", 4: "unparseable"}
        assert self.read(reader, neither, order(2).encode()).segment.encoding == "utf-8"

    def test_every_line_has_one_vote_however_long(self, reader: Reader) -> None:
        # two short lines for UTF-8, one with many characters for GB18030
        read = self.read(reader, order(1, CLOSED).encode(), order(2, CLOSED).encode(), order(3, CLOSED * 50).encode("gb18030"))
        assert read.segment.encoding == "utf-8"
        assert read.reasons == {4: "unparseable"}

    def test_an_incomplete_character_at_the_end_does_not_decode(self, reader: Reader) -> None:
        read = self.read(reader, order(1, CLOSED).encode(), order(2).encode() + "好".encode()[:2])
        assert read.reasons == {3: "unparseable"}

    def test_a_character_broken_off_at_a_lines_end_says_nothing_of_the_next_line(self, reader: Reader) -> None:
        # e0 begins a character of three bytes in UTF-8, and of two in GB18030: that line has no vote, the other one is UTF-8
        read = self.read(reader, order(1).encode() + b"\xe0", order(2, CLOSED).encode())
        assert read.segment.encoding == "utf-8"
        assert read.reasons == {2: "unparseable"}
        assert [r["status"] for r in read.rows] == ["TRADE_CLOSED"]

    def test_surrogates_and_overlong_forms_are_not_utf8(self, reader: Reader) -> None:
        # ED A0 80 would be U+D800, C0 AF an overlong /, F4 90 80 80 beyond U+10FFFF
        for bad in (b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"):
            read = self.read(reader, order(1, CLOSED).encode(), order(2, CLOSED).encode(), order(3).encode() + bad)
            assert read.reasons == {4: "unparseable"}

    def test_the_vote_holds_over_many_blocks(self, reader: Reader) -> None:
        # 30,000 lines of ASCII between the two votes for GB18030, and one for UTF-8 at the end
        lines = [order(1, CLOSED).encode("gb18030"), *(order(i).encode() for i in range(2, 30_002))]
        lines += [order(30_002, CLOSED).encode("gb18030"), order(30_003, PAID).encode()]
        read = self.read(reader, *lines)
        assert read.segment.encoding == "gb18030"
        assert read.reasons == {30_004: "unparseable"}
        assert read.segment.accepted == 30_002

    def test_jsonl_has_an_encoding_too(self, reader: Reader) -> None:
        lines = [
            '{"county_code": "371721", "year": 2019, "population": 1, "名": "好"}',
            '{"县代码": 371721, "年份": 2019, "人口": 2}',
        ]
        read = reader.read("counties", "jsonl", "\n".join(lines).encode("gb18030"))
        assert read.segment.encoding == "gb18030"
        assert populations(read) == [1, 2]

    def test_compressed_files_have_an_encoding_too(self, reader: Reader) -> None:
        content = f"{ORDERS}\n{order(1, CLOSED)}\n".encode("gb18030")
        for kind, packed in (("csv.gz", gzip.compress(content)), ("csv.zst", zstandard.compress(content))):
            read = reader.read("transactions", kind, packed)
            assert (read.segment.encoding, [r["status"] for r in read.rows]) == ("gb18030", ["TRADE_CLOSED"])

    def test_a_files_own_bytes_are_hashed_and_counted(self, reader: Reader) -> None:
        import hashlib

        content = gzip.compress(f"{ORDERS}\n{order(1, CLOSED)}\n".encode("gb18030"))
        segment = reader.read("transactions", "csv.gz", content).segment
        assert (segment.sha256, segment.bytes) == (hashlib.sha256(content).hexdigest(), len(content))


SHOPS = (
    "shop_id,platform,shop_type,opened_on,closed_on,registered_address,ship_from_address,receive_address,household_id,recorded_at"
)


class TestLimitOfARecord:
    """A record of more than 16 MiB makes its file held."""

    def test_exactly_16_mib_is_read(self, reader: Reader) -> None:
        line = b"371721,2019,".ljust(LIMIT - 1) + b"1"
        for end in (b"\n", b"\r\n", b""):
            read = reader.read("counties", "csv", HEADER + line + end)
            assert (read.held, populations(read)) == (None, [1]), end

    def test_a_byte_more_is_held(self, reader: Reader) -> None:
        line = b"371721,2019,".ljust(LIMIT) + b"1"
        for content in (HEADER + line, HEADER + row(1) + b"\n" + line + b"\n" + row(2) + b"\n"):
            read = reader.read("counties", "csv", content)
            assert read.held == "a record of more than 16 MiB"
            assert (read.segment.rows, read.rows) == (None, [])

    def test_jsonl(self, reader: Reader) -> None:
        line = b'{"county_code": "371721", "year": 2019,'.ljust(LIMIT) + b'"population": 1}'
        assert reader.read("counties", "jsonl", line).held == "a record of more than 16 MiB"

    def test_what_is_small_when_packed_is_held_before_it_fills_the_disk(self, reader: Reader) -> None:
        packed = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = b"".join(packed.compress(b"\0" * (1 << 20)) for _ in range(200)) + packed.flush()
        read = reader.read("counties", "csv.gz", data)
        assert len(data) < 1_000_000
        assert read.held == "a record of more than 16 MiB"

    def test_the_limit_is_of_the_bytes_as_delivered_not_of_their_utf8(self, reader: Reader) -> None:
        # 6 Mi characters are 12 MiB in GB18030, and would be 18 MiB in UTF-8
        line = b"1,taobao,individual,2010-01-01,,,,," + "户".encode("gb18030") * (6 << 20) + b",2019-06-01"
        read = reader.read("shops", "csv", f"{SHOPS}\n".encode() + line + b"\n")
        assert (read.held, read.segment.accepted) == (None, 1)


class TestCompression:
    CONTENT = HEADER + row(1) + b"\nx\n" + row(2) + b"\n"

    def right(self, read: Read) -> None:
        assert read.held is None
        assert (populations(read), read.reasons) == ([1, 2], {3: "unparseable"})

    @pytest.mark.parametrize("kind", ["csv.gz", "csv.zst"])
    @pytest.mark.parametrize("cuts", [(), (28,), (3, 30, 31), (0, 5)])
    def test_several_members_or_frames_are_one_content(self, reader: Reader, kind: str, cuts: tuple[int, ...]) -> None:
        bounds = [0, *cuts, len(self.CONTENT)]
        parts = [self.CONTENT[a:b] for a, b in itertools.pairwise(bounds)]
        compress = gzip.compress if kind == "csv.gz" else zstandard.compress
        self.right(reader.read("counties", kind, b"".join(compress(part) for part in parts)))

    def test_padding_between_and_after_gzip_members(self, reader: Reader) -> None:
        one, two = gzip.compress(self.CONTENT[:30]), gzip.compress(self.CONTENT[30:])
        self.right(reader.read("counties", "csv.gz", one + b"\0" * 10 + two + b"\0" * 512))

    def test_zstd_frames_that_do_not_tell_their_size(self, reader: Reader) -> None:
        packed = zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compressobj()
        self.right(reader.read("counties", "csv.zst", packed.compress(self.CONTENT) + packed.flush()))

    def test_a_skippable_zstd_frame_is_skipped(self, reader: Reader) -> None:
        # RFC 8878: magic 184D2A50 and a length, both little-endian; parallel compressors write them
        skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"
        self.right(reader.read("counties", "csv.zst", skippable + zstandard.compress(self.CONTENT)))

    @pytest.mark.parametrize("kind", ["csv.gz", "csv.zst", "jsonl.gz", "jsonl.zst"])
    def test_truncated_anywhere_is_held(self, reader: Reader, kind: str) -> None:
        whole = gzip.compress(self.CONTENT * 20) if kind.endswith("gz") else checked(self.CONTENT * 20)
        for cut in (1, 5, len(whole) // 2, len(whole) - 9, len(whole) - 1):
            read = reader.read("counties", kind, whole[:cut])
            assert (read.held or "").startswith("cannot be unpacked"), cut
            assert read.segment.sha256  # the hash of what was delivered, for source_file

    @pytest.mark.parametrize("kind", ["csv.gz", "csv.zst"])
    def test_a_second_member_that_is_truncated_is_held(self, reader: Reader, kind: str) -> None:
        compress = gzip.compress if kind == "csv.gz" else zstandard.compress
        assert reader.read("counties", kind, compress(self.CONTENT) + compress(self.CONTENT)[:-3]).held

    @pytest.mark.parametrize("kind", ["csv.gz", "csv.zst"])
    def test_corrupt_is_held(self, reader: Reader, kind: str) -> None:
        whole = bytearray(gzip.compress(self.CONTENT) if kind == "csv.gz" else checked(self.CONTENT))
        whole[-6] ^= 0xFF  # in the checksum (gzip: the four bytes before the last four) or before it
        assert (reader.read("counties", kind, bytes(whole)).held or "").startswith("cannot be unpacked")

    @pytest.mark.parametrize("kind", ["csv.gz", "csv.zst"])
    def test_what_is_not_packed_at_all_is_held(self, reader: Reader, kind: str) -> None:
        assert (reader.read("counties", kind, self.CONTENT).held or "").startswith("cannot be unpacked")

    def test_rubbish_after_the_last_member_is_held(self, reader: Reader) -> None:
        assert reader.read("counties", "csv.gz", gzip.compress(self.CONTENT) + b"rubbish").held
        assert reader.read("counties", "csv.zst", zstandard.compress(self.CONTENT) + b"rubbish").held

    def test_an_empty_content_that_is_packed_has_no_header(self, reader: Reader) -> None:
        assert reader.read("counties", "csv.gz", gzip.compress(b"")).held == "no header"
        assert reader.read("counties", "csv.zst", zstandard.compress(b"")).held == "no header"

    @settings(max_examples=25)
    @given(at=st.integers(0, 400), bit=st.integers(0, 7), kind=st.sampled_from(["csv.gz", "csv.zst"]))
    def test_a_flipped_bit_is_held_or_changes_nothing(self, reader: Reader, at: int, bit: int, kind: str) -> None:
        whole = bytearray(gzip.compress(self.CONTENT) if kind == "csv.gz" else checked(self.CONTENT))
        whole[at % len(whole)] ^= 1 << bit
        read = reader.read("counties", kind, bytes(whole))
        if read.held is None:  # such as a bit of gzip's time stamp
            self.right(read)


def checked(content: bytes) -> bytes:
    """A zstd frame with a checksum."""
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def decodes(line: bytes, encoding: str) -> bool:
    """Whether Python decodes a line."""
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


pieces = st.one_of(
    st.text(max_size=4).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t)).map(str.encode),
    st.text(st.characters(codec="gb18030"), max_size=4).map(lambda t: t.encode("gb18030")),
    st.binary(max_size=5),
    # what lies near the bounds of UTF-8: leads and followers, in any number
    st.lists(
        st.sampled_from(
            [
                0x7F,
                0x80,
                0x8F,
                0x90,
                0x9F,
                0xA0,
                0xBF,
                0xC0,
                0xC1,
                0xC2,
                0xDF,
                0xE0,
                0xE1,
                0xED,
                0xEF,
                0xF0,
                0xF1,
                0xF4,
                0xF5,
                0xFF,
            ]
        ),
        max_size=6,
    ).map(bytes),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"\0", b",", b"1"]),
)
blocks = st.lists(pieces, max_size=12).map(b"".join)


class TestAgainstPythonsDecoder:
    """What numpy finds in blocks of bytes is what Python's decoder says, line by line."""

    @settings(max_examples=400)
    @given(block=blocks)
    @example(block=b"\xe5\xa5")
    @example(block=b"\xe5\xa5\n\xbd")
    @example(block=b"\xf0\x9f\x8f\xa0\xf0\x9f\x8f")
    @example(block=b"\xe0\n0")
    @example(block=b"\xed\x9f\xbf\xed\xa0\x80")
    @example(block=b"\xf4\x8f\xbf\xbf\n\xf4\x90\x80\x80")
    def test_lines_that_are_not_utf8(self, block: bytes) -> None:
        wrong = text_files._not_utf8(np.frombuffer(block, np.uint8))
        starts = np.cumsum([0, *(len(line) + 1 for line in block.split(b"\n"))])
        found = {int(np.searchsorted(starts, at, side="right")) - 1 for at in wrong}
        assert found == {i for i, line in enumerate(block.split(b"\n")) if not decodes(line, "utf-8")}

    @settings(max_examples=400)
    @given(block=blocks.filter(bool))
    @example(block=b"\xe0\n0")
    def test_votes(self, block: bytes) -> None:
        votes = 0
        for line in block.split(b"\n"):
            if not line.isascii():
                votes += 1 if decodes(line, "utf-8") else -decodes(line, "gb18030")
        assert text_files._majority(block) == votes

    @settings(max_examples=25)
    @given(lines=st.lists(blocks.map(lambda b: b.replace(b"\n", b"").replace(b"\r", b"")), min_size=1, max_size=8))
    def test_lines_and_their_encoding(self, reader: Reader, lines: list[bytes]) -> None:
        content = b"\n".join([b"county_code,year,population", *lines])
        votes = sum(
            1 if decodes(line, "utf-8") else -decodes(line, "gb18030") for line in content.split(b"\n") if not line.isascii()
        )
        encoding = "gb18030" if votes < 0 else "utf-8"
        read = reader.read("counties", "csv", content)
        assert read.segment.encoding == encoding
        for number, line in enumerate(lines, 2):
            if not decodes(line, encoding):
                assert read.reasons[number] == "unparseable"
            elif number in read.raw:
                assert read.raw[number] == line.decode(encoding)
            else:
                assert not line.decode(encoding).strip()  # blank: no record
