"""What an address in words names. Contract 2, "Addresses": the deepest division without ambiguity; never guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

YEARS = (2018, 2020)
CAO, DAJI = "371721", "371721101"  # 曹县, 大集镇 (until 2019 大集乡)
HEZE, ZONE, SHAN, JINXIU = "371702", "371772", "371722", "451324"
DIVISIONS = [
    ("37", "山东省"), ("3717", "菏泽市"), (CAO, "曹县"),
    (DAJI, "大集乡", 2018, 2019), (DAJI, "大集镇", 2020, 2021), ("371721102", "大集街道办事处"),
    (DAJI + "201", "丁楼村委会"), (DAJI + "202", "新村村民委员会"), (DAJI + "203", "新村东村委会"),
    (DAJI + "204", "阳光社区居委会"), (DAJI + "205", "孙庄村委会"), (DAJI + "206", "孙庄村民委员会"),
    (DAJI + "207", "旧村委会", 2018, 2019), (DAJI + "208", "改村委会", 2020, 2021),
    (DAJI + "209", "张庄村委会", 2018, 2019),
    (DAJI + "210", "大集东街村民委员会"), (DAJI + "211", "轧村居委会"), (DAJI + "212", "轧村村委会"),
    (DAJI + "213", "河联社区居委会"), (DAJI + "214", "河联第三社区居委会"), (DAJI + "215", "東王村委会"),
    ("371721103", "曹县安蔡楼镇"), ("371721103201", "火神台村委会"),
    ("371721103202", "回村委会", 2018, 2018), ("371721103202", "回村委会", 2021, 2021),
    (HEZE, "菏泽区"), ("371702100", "何楼镇"), ("371702100201", "何楼村委会"),
    ("371702101", "菏泽镇"),
    (ZONE, "菏泽高新技术产业开发区"), ("371772100", "吕陵镇"), ("371772100201", "李庄村委会"),
    (SHAN, "单县"), ("371722100", "北城镇"), ("371722100201", "丁楼村委会"), ("371722100202", "马庄村委会"),
    ("371722101", "南城镇"), ("371722101202", "马庄村委会"),
    ("45", "广西壮族自治区"), ("4503", "桂林市"), ("450302", "城区"), ("450302100", "南镇"), ("450302100201", "水村"),
    ("4504", "梧州市"), ("450402", "城区"), ("450402100", "北镇"), ("450402100201", "水村"),
    ("450328", "龙胜各族自治县"), ("450328100", "龙胜镇"), ("450328100201", "平野村委会"),
    ("4513", "来宾市"), (JINXIU, "金秀瑶族自治县"), (JINXIU + "205", "六巷乡"), (JINXIU + "206", "老竹畲族镇"),
    (JINXIU + "206201", "梁村村委会"), (JINXIU + "207", "清水乡"),
    ("11", "北京市"), ("1101", "市辖区"), ("110111", "房山区"), ("110111100", "长阳镇"), ("110111100201", "阎仙垡村委会"),
]  # fmt: skip
SUCCESSIONS = [(2020, DAJI + "207", DAJI + "208")]
OTHER_NAMES = [(SHAN, "单父县"), (SHAN, "曹州地区单县"), ("371722101", "老城镇")]
DINGLOU, DONGJIE, FANGSHAN = DAJI + "201", DAJI + "210", "110111100201"

# address: what it names in 2018 and in 2020
ADDRESSES: dict[str, tuple[str | None, str | None] | str | None] = {
    # names as published, and as people write them
    "山东省菏泽市曹县大集镇丁楼村委会": DINGLOU,
    "山东省菏泽市曹县大集镇丁楼村": DINGLOU,
    "山东省菏泽市曹县大集镇丁楼村村民委员会": DINGLOU,
    "山东菏泽市曹县大集镇丁楼村": DINGLOU,
    "山东菏泽曹县大集丁楼": DINGLOU,
    "山东省曹县大集镇丁楼村": DINGLOU,
    "菏泽市曹县大集镇丁楼村": DINGLOU,
    "曹县大集镇丁楼村": DINGLOU,
    "曹县大集镇丁楼行政村": DINGLOU,
    "曹县大集镇丁楼社区": DINGLOU,
    "中国山东省曹县大集镇丁楼村": DINGLOU,
    "曹县大集镇阳光社区": DAJI + "204",
    "曹县大集街道": "371721102",
    "曹县大集办": "371721102",
    "曹县安蔡楼火神台村": "371721103201",
    "曹县安蔡楼古城镇火神台村": "371721103201",  # a township that no edition has
    "曹县安蔡楼古城镇某某村": CAO,
    "广西龙胜县龙胜镇平野村": "450328100201",
    # peoples left out, or said where the name has none
    "广西金秀瑶族县六巷乡": JINXIU + "205",
    "广西金秀县六巷瑶族乡": JINXIU + "205",
    "广西金秀县老竹镇梁村": JINXIU + "206201",
    "广西金秀县老竹畲族镇梁村": JINXIU + "206201",
    "广西金秀县清水镇": JINXIU + "207",  # 水 is no people here
    # blanks, marks, brackets, postcodes, traditional characters
    "山东省 菏泽市 曹县　大集镇 丁楼村 12号": DINGLOU,
    "山东省/菏泽市/曹县，大集镇、丁楼村": DINGLOU,
    "山东省-菏泽市-曹县-大集镇-丁楼村": DINGLOU,
    "山东省—曹县－大集镇～丁楼村": DINGLOU,
    "山东省菏泽市曹县大集镇丁楼村*": DINGLOU,
    "曹县大集镇丁楼村12-3号": DINGLOU,
    "(山东省)菏泽市-曹县(大集镇)丁楼村": DINGLOU,
    "曹县大集镇丁楼*": DINGLOU,
    "★曹县“大集镇”《丁楼村》※": DINGLOU,
    "曹县大集镇丁楼村3#楼": DINGLOU,
    "(274400)山东省曹县大集镇丁楼村": DINGLOU,
    "274400 山东省曹县大集镇丁楼村": DINGLOU,
    "山東省菏澤市曹縣大集鎮丁樓村": DINGLOU,
    "曹县大集镇东王村": DAJI + "215",
    "曹縣大集鎮東王村": DAJI + "215",
    "山東省菏澤市曹縣": CAO,
    # what comes after a village
    "曹县大集镇丁楼村12号": DINGLOU,
    "曹县大集镇丁楼村(淘宝产业园)": DINGLOU,
    "曹县大集镇丁楼村第三组": DINGLOU,
    "曹县大集镇丁楼第三村民小组8号": DINGLOU,
    "曹县大集镇丁楼村东李庄自然村": DINGLOU,
    "曹县大集镇河联第三社区居委会": DAJI + "214",
    "曹县大集镇丁楼村委会往南路口孙庄村": DINGLOU,  # of the village of that committee
    "曹县大集镇丁楼村孙庄村": DAJI,
    # the longest name
    "曹县大集镇新村东村": DAJI + "203",
    "曹县大集镇新村": DAJI + "202",
    # a village rather than a community of the name
    "曹县大集镇轧村": DAJI + "212",
    "曹县大集镇轧村社区": DAJI + "211",
    # what names repeat of the name above
    "曹县大集镇大集东街村": DONGJIE,
    "曹县大集镇东街村": DONGJIE,
    "曹县安蔡楼镇火神台村": "371721103201",
    # parts said twice
    "山东省菏泽市山东省菏泽市曹县大集镇丁楼村": DINGLOU,
    "菏泽市菏泽市曹县大集镇丁楼村": DINGLOU,
    "曹县曹县大集镇丁楼村": DINGLOU,
    "菏泽区菏泽区何楼镇何楼村": "371702100201",  # not 菏泽镇
    "菏泽区菏泽": "371702101",
    "曹县大集镇丁楼村丁楼村": DINGLOU,
    "曹县大集镇丁楼村丁楼场": DINGLOU,
    "曹县大集镇丁楼村丁楼东村": DAJI,
    "北京市北京市房山区长阳镇阎仙垡村": FANGSHAN,
    "北京北京市房山区长阳镇阎仙垡村": FANGSHAN,
    # other names: former ones, of a former prefecture, another kind, of a zone, of a township
    "单父县北城镇丁楼村": "371722100201",
    "曹州地区单县北城镇丁楼村": "371722100201",
    "曹市大集镇丁楼村": None,
    "菏泽市高新区吕陵镇李庄村": "371772100201",
    "单县老城镇马庄村": "371722101202",
    # a level left out, an unknown word, another county than today's
    "曹县丁楼村": DINGLOU,
    "菏泽市大集镇丁楼村": DINGLOU,
    "曹县开发区丁楼村": DINGLOU,
    "菏泽市鲁西新区大集镇丁楼村": DINGLOU,
    "单县大集镇丁楼村": DINGLOU,
    "单县大集镇": SHAN,
    "曹县丁楼": CAO,
    "单县马庄村": SHAN,  # two of them
    # no village: a road, a name that nobody has, more of a name than there is
    "曹县大集镇新村路12号": DAJI,
    "曹县大集镇无人村": DAJI,
    "曹县大集镇": DAJI,
    "曹县": CAO,
    "山东省菏泽市曹县某某镇某某村": CAO,
    # two candidates: the level above
    "曹县大集镇孙庄村": DAJI,
    "曹县大集镇轧村路": DAJI,
    "广西城区": None,
    "城区南镇水村": "450302100201",
    "广西桂林市城区南镇水村": "450302100201",
    "广西壮族自治区桂林市城区": "450302",
    # other editions: found in the nearest, carried to the year's
    "曹县大集乡丁楼村": DINGLOU,
    "曹县大集乡旧村": (DAJI + "207", DAJI + "208"),
    "曹县大集镇改村": (DAJI + "207", DAJI + "208"),
    "曹县大集乡张庄村": (DAJI + "209", DAJI),  # abolished: its township
    "曹县安蔡楼镇回村": ("371721103202", "371721103"),  # not in 2019 and 2020
    # a prefecture is no county of another kind
    "菏泽市": None,
    "菏泽某某路": None,
    "菏泽区何楼镇何楼村": "371702100201",
    # names that stand for no place below a prefecture
    "山东省": None,
    "山东省菏泽市": None,
    "丁楼村": None,
    "Dinglou": None,
    "12号楼": None,
    "()": None,
}


@pytest.fixture(scope="module")
def placed(shared_census: Census, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], str | None]:
    """Where each address lies in each year."""
    census = type(shared_census)(tmp_path_factory.mktemp("words") / "census")
    census.places(DIVISIONS, SUCCESSIONS, OTHER_NAMES)
    return census.place_addresses(list(ADDRESSES), YEARS)


@pytest.mark.parametrize("address", list(ADDRESSES))
def test_an_address_in_words(placed: dict[tuple[str, int], str | None], address: str) -> None:
    want = ADDRESSES[address]
    assert tuple(placed[address, year] for year in YEARS) == (want if isinstance(want, tuple) else (want, want))
