"""What an address in words names. Contract 2, "Addresses": the deepest division without ambiguity; never guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

YEARS = (2018, 2020)
CAO, DAJI = "371721", "371721101"  # 曹县, 大集镇 (until 2019 大集乡)
DIVISIONS = [
    ("37", "山东省"), ("3717", "菏泽市"), (CAO, "曹县"),
    (DAJI, "大集乡", 2018, 2019), (DAJI, "大集镇", 2020, 2021), ("371721102", "大集街道办事处"),
    (DAJI + "201", "丁楼村委会"), (DAJI + "202", "新村村民委员会"), (DAJI + "203", "新村东村委会"),
    (DAJI + "204", "阳光社区居委会"), (DAJI + "205", "孙庄村委会"), (DAJI + "206", "孙庄村民委员会"),
    (DAJI + "207", "旧村委会", 2018, 2019), (DAJI + "208", "改村委会", 2020, 2021),
    (DAJI + "209", "张庄村委会", 2018, 2019),
    ("371722", "单县"), ("371722100", "北城镇"), ("371722100201", "丁楼村委会"),
    ("45", "广西壮族自治区"), ("4503", "桂林市"), ("450302", "城区"), ("450302100", "南镇"), ("450302100201", "水村"),
    ("4504", "梧州市"), ("450402", "城区"), ("450402100", "北镇"), ("450402100201", "水村"),
]  # fmt: skip
SUCCESSIONS = [(2020, DAJI + "207", DAJI + "208")]

# address: what it names in 2018 and in 2020
ADDRESSES: dict[str, tuple[str | None, str | None] | str | None] = {
    # names as published, and as people write them
    "山东省菏泽市曹县大集镇丁楼村委会": DAJI + "201",
    "山东省菏泽市曹县大集镇丁楼村": DAJI + "201",
    "山东省菏泽市曹县大集镇丁楼村村民委员会": DAJI + "201",
    "山东菏泽市曹县大集镇丁楼村": DAJI + "201",
    "山东省曹县大集镇丁楼村": DAJI + "201",
    "菏泽市曹县大集镇丁楼村": DAJI + "201",
    "曹县大集镇丁楼村": DAJI + "201",
    "山东省 菏泽市 曹县　大集镇 丁楼村 12号": DAJI + "201",
    "曹县大集镇丁楼村12号": DAJI + "201",
    "曹县大集镇丁楼村(淘宝产业园)": DAJI + "201",
    "曹县大集镇丁楼村第三组": DAJI + "201",
    "曹县大集镇阳光社区": DAJI + "204",
    "曹县大集街道": "371721102",
    # the longest name
    "曹县大集镇新村东村": DAJI + "203",
    "曹县大集镇新村": DAJI + "202",
    # no village: a road, a name that nobody has, more of a name than there is
    "曹县大集镇新村路12号": DAJI,
    "曹县大集镇无人村": DAJI,
    "曹县大集镇": DAJI,
    "曹县": CAO,
    "山东省菏泽市曹县某某镇某某村": CAO,
    # two candidates: the level above
    "曹县大集镇孙庄村": DAJI,
    "广西城区": None,
    "城区南镇水村": "450302100201",
    "广西桂林市城区南镇水村": "450302100201",
    "广西壮族自治区桂林市城区": "450302",
    # other editions: found in the nearest, carried to the year's
    "曹县大集乡丁楼村": DAJI + "201",
    "曹县大集乡旧村": (DAJI + "207", DAJI + "208"),
    "曹县大集镇改村": (DAJI + "207", DAJI + "208"),
    "曹县大集乡张庄村": (DAJI + "209", DAJI),  # abolished: its township
    # names that stand for no place below a prefecture
    "山东省": None,
    "山东省菏泽市": None,
    "丁楼村": None,
    "Dinglou": None,
    "山東省菏澤市曹縣": None,
}


@pytest.fixture(scope="module")
def placed(shared_census: Census, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], str | None]:
    """Where each address lies in each year."""
    census = type(shared_census)(tmp_path_factory.mktemp("words") / "census")
    census.places(DIVISIONS, SUCCESSIONS)
    return census.place_addresses(list(ADDRESSES), YEARS)


@pytest.mark.parametrize("address", list(ADDRESSES))
def test_an_address_in_words(placed: dict[tuple[str, int], str | None], address: str) -> None:
    want = ADDRESSES[address]
    assert tuple(placed[address, year] for year in YEARS) == (want if isinstance(want, tuple) else (want, want))
