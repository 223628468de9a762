"""The example delivery in data/raw: made by its script, complete in its kinds, and free of anybody's data."""

import csv
import gzip
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
GOLDEN = Path(__file__).parent / "golden.csv"
MOBILE_NUMBER = re.compile(rb"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9])")
BOM = b"\xef\xbb\xbf"


def files_in(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


DELIVERED = files_in(RAW)


def format_of(path: str) -> str:
    return re.sub(r"^.*?(\.(csv|jsonl)(\.gz|\.zst)?|\.parquet|\.xlsx|\.txt)$", r"\1", path)


def unpacked(path: str, content: bytes) -> bytes:
    if path.endswith(".gz"):
        return gzip.decompress(content)
    return zstandard.ZstdDecompressor().decompress(content) if path.endswith(".zst") else content


TEXTS = {path: unpacked(path, data) for path, data in DELIVERED.items() if re.search(r"\.(csv|jsonl)", path)}


def encoding_of(text: bytes) -> str:
    """Tell the encoding by the first sound line that needs one."""
    lines = text.removeprefix(BOM).splitlines()
    line = next((line for line in lines if not line.isascii() and b"\xff" not in line), b"")
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        line.decode("gb18030")
        return "gb18030"
    return "utf-8 with BOM" if text.startswith(BOM) else "utf-8" if line else "ascii"


@pytest.mark.slow
def test_the_script_makes_the_committed_files(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "data" / "make_example.py"), "--out", str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    made = files_in(tmp_path)
    assert sorted(made) == sorted(DELIVERED)
    assert [path for path in made if made[path] != DELIVERED[path]] == []


def test_the_example_is_small() -> None:
    assert sum(map(len, DELIVERED.values())) < 8_000_000


def test_every_format_and_folder_occurs() -> None:
    paths = list(DELIVERED)
    readable = {".csv", ".csv.gz", ".csv.zst", ".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet", ".xlsx"}
    assert {format_of(path) for path in paths} == readable | {".txt"}
    folders = {path.split("/")[0] for path in paths}
    assert folders == {"README.txt", "counties", "lists", "shops", "transactions", "villages"}


def test_every_encoding_occurs() -> None:
    encodings = {encoding_of(text) for text in TEXTS.values()}
    assert {"gb18030", "utf-8", "utf-8 with BOM"} <= encodings


def test_headers_and_statuses_are_in_both_languages() -> None:
    orders = [text for path, text in TEXTS.items() if path.startswith("transactions/")]
    content = b"".join(orders)
    for word in ("transaction_id", "订单编号", "TRADE_FINISHED", "交易成功"):
        assert word.encode("utf-8") in content or word.encode("gb18030") in content, word


def test_one_content_lies_under_two_paths() -> None:
    contents = list(DELIVERED.values())
    assert len(contents) - len(set(contents)) == 1


@pytest.mark.parametrize("path", sorted(path for path in TEXTS if "ExportOrderList" in path))
def test_a_sellers_export_tells_nothing_about_buyers(path: str) -> None:
    rows = list(csv.DictReader(io.StringIO(TEXTS[path].decode("gb18030"))))
    for column in ("支付单号", "买家支付宝账号", "买家留言", "联系电话 ", "联系手机", "修改后的收货地址"):
        assert {row[column].strip("'*") for row in rows} == {""}, column
    assert {row["买家会员名"] for row in rows} == {"买家**"}
    assert {row["收货人姓名"] for row in rows} == {"**"}
    assert {row["收货地址 "] for row in rows} == {"已隐去"}


def test_no_file_holds_a_mobile_number() -> None:
    found = {path: MOBILE_NUMBER.findall(text) for path, text in TEXTS.items()}
    assert {path: numbers for path, numbers in found.items() if numbers} == {}


def test_golden_rows_are_sorted_and_unique() -> None:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["table", "year", "rulebook", "what", "value"]
    keys = [row[:4] for row in rows]
    assert keys == sorted(keys)
    assert len({tuple(key) for key in keys}) == len(keys)
    assert all(row[4].isdigit() for row in rows)
