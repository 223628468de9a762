"""Makes the example delivery in data/raw: real places, invented shops and orders.

    python data/make_example.py --out data/raw

The same seed gives the same files, byte for byte; README.md beside this file says what they hold.
From top to bottom:

1. the cast: villages by their real codes, and their shops, sales and households in each year;
2. the world: shops that open, move, change type and close, and orders that add up to the plan;
3. the deliveries: each order's versions as they happened, cut into the files in which they would arrive;
4. the writers: formats, encodings, headers, ways of writing values, and a few spoilt rows in most files.
"""

import argparse
import bisect
import gzip
import hashlib
import io
import itertools
import json
import math
import random
import re
import shutil
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

SEED = 20200630
YEARS = range(2016, 2021)  # statistical years: 1 July of the year before to 30 June
REFERENCE = Path(__file__).parent / "reference" / "divisions.parquet"
HOUR = timedelta(hours=1)
WAN = 1_000_000  # fen in 10,000 yuan; money is whole fen throughout


def _rng(name: str) -> random.Random:
    return random.Random(f"{SEED}/{name}")  # noqa: S311 (an example, no secret)


def _at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 (naive: Asia/Shanghai throughout)


FIRST_DAY, LAST_MOMENT = _at(2015, 7, 1), _at(2020, 9, 1)


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


# ---------------------------------------------------------------- 1. the cast
class _Plan(NamedTuple):
    """What a place shall have in a year."""

    taobao: int  # Taobao shops that are open and sell in the year's last three months, too
    others: int  # such shops on other platforms
    dormant: int  # Taobao shops that sell only now and then, not in the last three months
    sales: float  # 10,000 yuan, refunds taken out


@dataclass(frozen=True)
class _Place:
    code: str  # in the divisions of 2016
    name: str
    plan: dict[int, _Plan]
    households: dict[int, int] = field(default_factory=dict)  # by year; a year without takes the one before
    season: str = "steady"
    recoded: dict[int, str] = field(default_factory=dict)  # edition from which on the place has another code
    unlinked: bool = False  # no succession leads from code to code: shops give the year's only
    exact: tuple[int, ...] = ()  # years whose sales are the planned figure to the fen
    dormant_in: str = ""  # the season of shops that sell outside the last three months only
    shared_homes: bool = False  # two shops a household
    recalled: dict[int, float] = field(default_factory=dict)  # 10,000 yuan sold, but refunded months later
    words: tuple[str, ...] = ()  # addresses as sellers write them, instead of codes
    known: bool = True  # its shops stand in the register
    natural: bool = False  # an ordinary place: small sellers, nobody needs to be active

    @property
    def key(self) -> str:
        return self.code + self.name

    def code_in(self, year: int) -> str:
        return next(
            (code for edition, code in sorted(self.recoded.items(), reverse=True) if edition <= year),
            self.code,
        )

    def households_in(self, year: int) -> int:
        return next((n for since, n in sorted(self.households.items(), reverse=True) if since <= year), 0)


# The named villages: code, name, season, first year, and for each year from it on the plan (Taobao shops /
# others / dormant / sales in 10,000 yuan); indented below, what else is special. What each is for: README.md.
CAST = """
# 江苏省徐州市睢宁县: furniture; a town that grows into a cluster
320324109209 丁陈村 steady 2016 104/6/3/1650 108/8/4/2200 112/9/4/2900 115/10/5/3600 118/12/5/4200
    households=2016:640
320324109211 夏圩村 steady 2016 103/4/4/1320 106/5/4/1700 108/6/5/2100 110/8/5/2500 112/8/6/2900
    households=2016:700
320324109215 兴国村 steady 2016 60/2/3/520 104/3/3/1180 106/4/4/1500 108/4/4/1700 110/5/4/2000
    households=2016:760
320324109204 朱庙村 steady 2016 30/1/2/210 66/2/3/560 103/3/3/1090 105/3/3/1300 108/4/4/1500
    households=2016:820
320324109217 蔡吴村 steady 2017 25/1/2/150 58/2/3/480 104/3/3/1120 106/4/4/1350
    households=2016:690
320324109210 大顾村 steady 2018 25/1/2/180 61/2/3/640 104/3/4/1200
    households=2016:880
320324109216 陆园村 steady 2018 20/1/2/140 58/2/3/590 105/2/4/1210
    households=2016:730
320324109206 三丁村 steady 2018 18/1/2/120 55/2/3/570 105/3/3/1230
    households=2016:650
320324109212 商湖村 steady 2019 42/2/3/380 103/3/4/1080
    households=2016:800
320324109207 仝圩村 steady 2019 38/2/3/350 103/2/3/1050
    households=2016:760
320324109002 东风社区 steady 2016 112/10/4/3200 118/11/4/3700 122/12/4/4100 126/13/5/4600 130/14/5/5200
    households=2016:1180
320324108219 后刘村 steady 2019 13/1/1/560 24/2/2/1120
    households=2016:210
# 浙江省金华市义乌市: small goods; small villages that come in by one household in ten
330782002251 青口村 goods 2016 20/4/1/1900 22/5/2/2100 24/5/2/2300 16/3/2/1500 14/3/2/1300
    households=2016:150
330782002227 候儿村 goods 2016 15/2/1/1250 17/2/1/1420 19/3/1/1700 22/3/2/1900 24/4/2/2300
    households=2016:120 recoded=2023:330782002200
330782002226 下湾村 goods 2016 13/2/1/1120 14/2/1/1250 16/2/1/1380 18/3/1/1600 20/3/1/1820
    households=2016:110
330782003217 江湾村 goods 2016 85/6/3/900 105/8/4/1500 110/9/4/1900 114/10/4/2300 118/12/5/2800
    households=2016:880
330782002234 大元村 goods 2016 8/1/1/640 14/2/1/1130 16/2/1/1290 19/3/1/1520 21/3/1/1700
    households=2016:130
330782002246 大湖头村 goods 2016 7/1/1/450 16/2/1/1080 18/2/1/1220 20/3/1/1410 22/3/1/1580
    households=2016:140
330782002252 东新屋村 goods 2017 6/1/1/520 11/2/1/1090 12/2/1/1210 14/2/1/1380
    households=2016:90
330782002245 青岩傅村 goods 2017 7/1/1/610 12/2/1/1140 14/2/1/1330 15/2/1/1490
    households=2016:100
330782002250 石塔头村 goods 2017 6/1/1/480 12/1/1/1060 13/2/1/1240 14/2/1/1350
    households=2016:95
330782002255 下傅村 goods 2018 6/1/1/590 11/2/1/1110 13/2/1/1290
    households=2016:85
330782006224 夏演村 goods 2018 9/1/1/640 18/2/1/1080 20/3/1/1260
    households=2016:160
330782006216 益公山村 goods 2019 8/1/1/720 16/2/1/1150
    households=2016:125
330782007205 何宅村 goods 2018 34/3/2/610 56/4/2/1150 62/5/2/1400
    households=2016:820
# 浙江省杭州市临安: nuts; 临安市 became 临安区, and every code changed, in 2017
330185108230 白牛村 nuts 2016 52/4/2/930 60/4/2/1720 61/5/2/1900 63/5/2/2150 64/6/3/2400
    households=2016:550 recoded=2017:330112108230 unlinked
330185108204 后营村 nuts 2018 28/2/1/640 42/3/1/1120 43/3/1/1180
    households=2016:610 recoded=2017:330112108204 unlinked
# 山东省菏泽市曹县: costumes; many shops outside the last three months
371721121227 丁楼村 costumes 2016 78/3/28/1400 78/3/30/1600 78/3/31/1750 78/3/32/1800 78/3/33/1950
    households=2016:640
371721121211 张庄村 costumes 2016 74/2/31/1150 74/3/32/1260 74/3/32/1350 74/3/33/1420 74/3/34/1500
    households=2016:590
371721121208 刘楼村 costumes 2017 46/2/12/620 74/2/32/1080 74/2/33/1160 74/2/34/1240
    households=2016:560
371721121212 李八庄村 costumes 2016 12/1/2/480 26/1/3/1060 26/1/3/1120 26/1/3/1180 27/1/3/1260
    households=2016:270
371721207216 文庄村 costumes 2016 14/1/1/1090 15/1/1/1160 15/2/1/1240 16/2/1/1310 17/2/1/1400
    households=2016:130 recoded=2020:371721124216
# 山东省滨州市博兴县: straw weaving
371625002220 湾头村 steady 2017 40/2/2/330 103/4/3/1070 106/4/3/1300 58/3/3/640
    households=2016:780
# 河北省邢台市清河县: wool
130534100215 东高庄村 wool 2016 105/5/4/1500 108/5/4/1700 64/3/3/880 78/4/3/940 108/6/4/1800
    households=2016:900
130534100229 黄金庄村 wool 2016 40/2/1/400 52/3/2/560 86/4/3/1240 90/6/3/1380 91/6/3/1420
    households=2016:1000
# 广东省揭阳市普宁市: underwear; a town by its sales
445281110201 大长陇村 steady 2016 80/3/3/900 118/6/3/1700 124/6/3/2000 132/6/4/2500 140/8/4/2800
    households=2016:980
445281110202 莲坛村 steady 2017 70/2/2/600 102/4/3/999.999999 112/4/3/960 118/4/3/1000
    households=2016:1050 exact=2018,2020
445281110203 石桥头村 steady 2017 40/2/2/310 70/3/3/520 90/4/3/700 94/4/3/780
    households=2016:1300
# 福建省泉州市安溪县: rattan
350524203212 灶美村 steady 2016 60/2/2/500 88/3/2/860 97/3/3/1100 108/4/3/1400 112/5/3/1650
    households=2016:700
350524203215 新楼村 steady 2016 50/3/2/460 80/4/2/830 110/5/3/1250 114/6/3/1500 118/6/3/1750
    households=2016:640 shared_homes
350524203211 灶坑村 steady 2017 36/2/1/1040 34/2/1/1080 34/2/1/1130 44/2/1/1200
    households=2016:320,2019:420
# 江苏省苏州市昆山市: crabs, sold from September to November
320583101224 阳澄湖村 crabs 2016 10/1/50/700 12/2/92/1300 13/2/95/1550 14/3/99/1800 16/3/104/2100
    households=2016:850 dormant_in=crabs
# 河南省南阳市镇平县: jade, much of it wholesale on other platforms
411324101200 石佛寺村 steady 2016 42/64/3/2600 46/70/3/3300 50/76/4/4000 55/83/4/4800 60/90/4/5600
    households=2016:1150
411324101203 贺庄村 steady 2017 104/8/3/1300 105/8/3/920 108/9/3/1450 111/9/4/1700
    households=2016:880 recalled=2018:430
"""


def _cast() -> list[_Place]:
    places: list[_Place] = []
    lines = [line for line in CAST.strip().splitlines() if not line.startswith("#")]
    for line, below in zip(lines[::2], lines[1::2], strict=True):
        code, name, season, first, *rows = line.split()
        plan = {}
        for year, row in enumerate(rows, int(first)):
            taobao, others, dormant, sales = row.split("/")
            plan[year] = _Plan(int(taobao), int(others), int(dormant), float(sales))
        special = {key: value for key, _, value in (word.partition("=") for word in below.split())}

        def by_year(key: str, special: dict[str, str] = special) -> dict[int, str]:
            pairs = (pair.split(":") for pair in special.get(key, "").split(",") if pair)
            return {int(year): value for year, value in pairs}

        places.append(
            _Place(
                code,
                name,
                plan,
                households={year: int(value) for year, value in by_year("households").items()},
                season=season,
                recoded=by_year("recoded"),
                unlinked="unlinked" in special,
                exact=tuple(int(year) for year in special.get("exact", "").split(",") if year),
                dormant_in=special.get("dormant_in", ""),
                shared_homes="shared_homes" in special,
                recalled={year: float(value) for year, value in by_year("recalled").items()},
            )
        )
    return places


# Shops that pack up and go: year, from, to, how many.
MOVES = [
    (2018, "130534100215", "130534100229", 30),
    (2020, "130534100229", "130534100215", 12),
    (2019, "330782002251", "330782002234", 4),
    (2020, "371625002220", "371721121211", 2),
]

# Places known to the township or the county only: some sellers give no more.
COARSE = _words("""
320324109 330782002 445281110 371721113 130534101 350524203 411324101 330782105
320324 330782 371721 445281 411324 350524
""")

# Addresses as sellers write them, from a year on, in villages that have the status anyway then.
WORDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "丁陈村": (
        2016,
        (
            "江苏省徐州市睢宁县沙集镇丁陈村{n}号",
            "江苏徐州睢宁沙集镇丁陈村电商产业园{n}栋",
            "睢宁县沙集镇丁陈村{n}组",
        ),
    ),
    "夏圩村": (2016, ("江苏省 徐州市 睢宁县 沙集镇 夏圩村 {n}号院", "沙集镇夏圩村村部对面{n}米")),
    "丁楼村": (2016, ("山东省菏泽市曹县大集镇丁楼村{n}号", "山东菏泽曹县大集丁楼村淘宝街{n}号")),
    "江湾村": (2018, ("浙江省金华市义乌市稠江街道江湾村{n}幢", "义乌市江湾村{n}区")),
    "白牛村": (2018, ("浙江省杭州市临安区昌化镇白牛村{n}号", "浙江省临安市昌化镇白牛村白牛桥头{n}号")),
    "大长陇村": (2018, ("广东省揭阳市普宁市军埠镇大长陇村{n}巷", "普宁市军埠镇大长陇内衣城{n}号")),
}

# Villages of 临西县大刘庄乡, 大刘庄镇 from 2021: their shops give the newer codes, too.
NEWER = {"130535204201": "130535106201", "130535204203": "130535106203"}

# Ordinary villages are drawn from these counties.
COUNTIES = _words("""
130532 130534 130535 320324 320583 321302 321322 330109 330782 331023
331122 350524 350526 371625 371721 411082 411324 445281 510104 110111
""")
# Figures are made for all counties of these provinces.
FIGURES_OF = ("11", "13", "32", "33", "35", "37", "41", "44", "51")

# A part of the lists of Taobao villages of 2016 and 2014 that AliResearch published, as collected in
# github.com/xrwang/taobao-villages, and as written there: some names are in no edition of the divisions.
LISTED_TEXT = """
江苏省 徐州市 睢宁县
高作镇: 曹庄社区 高北村 高东村 高南社区 官杨社区 后刘村 金塘村 石墩村 滕庄社区 夏庙村 张皮村
凌城镇: 城北村 杜沈村 凌城社区 民主社区 张付村
邱集镇: 倪庄村 仝海村 王林社区
沙集镇: 蔡吴村 大顾村 丁陈村 东风村 和平社区 陆园村 三丁村 沙集社区 沙圩社区 商湖村 仝圩村 魏集村 夏圩村
沙集镇: 兴国村 杨瓦村 余圩村 朱庙村
睢城街道: 八里社区 东升社区 三张社区 周楼社区
江苏省 宿迁市 宿城区
埠子镇: 蚕桑村
蔡集镇: 王庄村 徐洼村 杨集村
耿车镇: 大同村 大众村 耿车村 红卫村 湖稍村 刘圩村 三义村 五星村 新华村
王官集镇: 九城村 仝李村 王林村
江苏省 苏州市 昆山市
巴城镇: 阳澄湖村 正仪村
陆家镇: 合丰村 邵村
千灯镇: 大唐村 石浦村
张浦镇: 大市村
江苏省 宿迁市 沭阳县
庙头镇: 东柳村 赶埠村 古龙村 后窑村 聚贤村 冷庄村 冷庄社区 庙头社区
新河镇: 巴房村 春生村 大营村 解桥村 沙河村 双荡村 维新村 新槐村 堰头村 周圈村
颜集镇: 大庄村 方圩村 房许村 梁庄村 沙湾村 沙愚村 司程圩村 颜集村 堰下村 虞北村 虞潘村 周项村
扎下镇: 明庄村
山东省 菏泽市 曹县
安才楼镇: 安才楼村 火神台村 霍庄村 王堂村 卫楼村 榆林集村
大集镇: 北街村 曹海村 常庙村 陈河村 大寺村 丁楼村 东北街村 东街村 付海村 葛楼村 胡楼村 胡庄村 花王楼村
大集镇: 李八庄村 李楼村 刘楼村 南街村 任庄村 桑庄村 孙庄村 王庄村 文昌阁村 吴庄村 西街村 徐庄村 姚集村
大集镇: 张庄村
梁堤头镇: 梁东村 南柳村 夏庄村
倪集镇: 余楼村
普连集镇: 钟口村
青菏街道: 东常寨 隆华店村 田油坊村
阎店楼镇: 刘集村 阎店楼村 杨双庙村
朱洪庙乡: 文庄村
庄寨镇: 丁寨村 冯寨村 邹庄村
河北省 邢台市 清河县
葛仙庄镇: 东高庄村 花园村 黄金庄村 郎吕坡村 西高庄村 许二庄村 杨二庄村 张二庄村
连庄镇: 东张古村 后段庄村 双城集村 田沙土村 西张古村 西张宽村
谢炉镇: 陈庄村 王双庙村
河北省 邢台市 平乡县
丰州镇: 霍洪村 李冯马村 梁里马村 孟冯马村 田禾村 张冯马村 左冯马村
河古庙镇: 高阜镇村
田付村乡: 艾村 田付村
河南省 南阳市 镇平县
石佛寺镇: 贺庄村 石佛寺村
河南省 许昌市 长葛市
大周镇: 和尚杨村 双庙李村
官亭乡: 岗李村 尚庄村
"""
LISTED_COLUMNS = """
浙江省 金华市 义乌市
城西街道: 夏演村 益公山村
稠城街道: 东前王村 荷叶塘村 江北下朱村 楼西塘村 屋基村 下骆宅村 下西陶村
稠江街道: 贝村 后申塘村 江湾村 龙回村 楼下村 新村 新屋村 杨村
佛堂镇: 王新村
后宅街道: 何界村 溪坦村 下畈村 下余山村 叶宅村
江东街道: 赤塘村 大湖头村 大元村 东山头村 东新屋村 樊村 龚大塘村 后成村 候儿村 江南村 金村 九联村 孔村
江东街道: 梅湖村 鲇溪村 前成村 青口村 青岩傅村 青岩刘村 山口村 尚仁村 石塔头村 西陈村 西谷村 下傅村
江东街道: 下湾村 下王村 下朱村 永胜村 宗塘村
廿三里街道: 何宅村 石柱下村 下朱宅村
苏溪镇: 里宅村 马丁村 齐山楼村 上西陶村 新院村 徐丰村 阳光新村 油碑塘村 长府村
浙江省 杭州市 临安市
昌化镇: 白牛村 后营村 西街村
岛石镇: 岛石村 江川村 仁里村
高虹镇: 崇阳村 高乐村 虹桥村
锦北街道: 平山村
龙岗镇: 无他村 新溪新村 兴龙村
清凉峰镇: 湖门村 马啸村 新都村 玉屏村
天目山镇: 对石村 周云村
於潜镇: 下埠村 杨洪村 自由村
浙江省 台州市 天台县
白鹤镇: 澄村 鹤栖新村 上联新村 石板路村 左溪村
福溪街道: 下王邱村
三合镇: 大横金村 下坊村 洋头村
始丰街道: 西演茅村
坦头镇: 东陈村 东横下宅村 湖岸村 黄务洋村 牌门村 瓶窑村 坦头村 五百村 伍佰村 溪南村 下李村 岩下村 鱼山村
坦头镇: 长崔村
浙江省 丽水市 缙云县
东渡镇: 东渡村 兰口村
壶镇镇: 北山村
新碧街道: 黄碧街村
新建镇: 笕川村
广东省 揭阳市 普宁市
池尾街道: 东山村 多年山村 高埕村 高明村 贵政山村 华市村 山湖村 上寮村 松柏岭村 塔丰村 塘边村 西清村
池尾街道: 新寮村 钟潭村
军埠镇: 大长陇村 莲坛村 石桥头村
燎原镇: 光南村 果陇村 泥沟村 乌石村
流沙北街道: 白沙陇村 南园村 西陇村 小扬美村 新村
流沙南街道: 东埔村 光草洋村 马栅村 泗竹埔村
梅塘镇: 泗坑村 涂洋村 溪南村 长美村
南径镇: 龙门村 青洋山村
南溪镇: 钟堂村
麒麟镇: 月屿村
下架山镇: 横溪村 咸寮村
占陇镇: 交丙坛村 朴兜村 西楼村 下村 下寨村 占陈村 占苏村 占杨村
福建省 泉州市 安溪县
城厢镇: 光德村 同美村 仙苑村 砖文村
尚卿乡: 福林村 翰卿村 翰苑村 新楼村 尤俊村 灶坑村 灶美村
福建省 泉州市 德化县
龙浔镇: 宝美村 丁墘村 丁溪村
三班镇: 蔡径村 东山洋村 三班村 泗滨村
浔中镇: 后所村 乐陶村 世科村 浔中村
山东省 滨州市 博兴县
城东街道: 鲍庄村 顾家村 贤城村
湖滨镇: 柳白村 柳舒村
锦秋街道: 安柴村 东风村 段家村 傅桥村 孟桥村 南陈家村 南河东村 湾头村 王圈村 魏家村 院庄村 周陈村
兴福镇: 李韩村 南吴村 兴四村 赵马村 赵赵村
"""
LISTED_2014 = """
江苏省 徐州市 睢宁县
沙集镇: 丁陈村 东风村 夏圩村 兴国村 朱庙村
江苏省 宿迁市 宿城区
耿车镇: 大众村
江苏省 苏州市 昆山市
张浦镇: 大市村
江苏省 宿迁市 沭阳县
新河镇: 解桥村 周圈村
颜集镇: 堰下村
山东省 菏泽市 曹县
安才楼镇: 火神台村
大集乡: 丁楼村 付海村 李八庄村 刘楼村 孙庄村 张庄村
河北省 邢台市 清河县
葛仙庄镇: 黄金庄村 郎吕坡村 西高庄村 许二庄村 杨二庄村 张二庄村
连庄镇: 西张古村
杨二庄镇: 东高庄村
河北省 邢台市 平乡县
丰州镇: 霍洪村
田付村乡: 艾村
浙江省 金华市 义乌市
稠江街道: 楼下张村 新屋村
江东街道: 候儿村 青岩刘村 西谷村 下湾村
浙江省 杭州市 临安市
昌化镇: 白牛村
清凉峰镇: 马啸村 新都村 玉屏村
浙江省 台州市 天台县
坦头镇: 东陈村 湖岸村 五百村 鱼山村
浙江省 丽水市 缙云县
壶镇: 北山村
广东省 揭阳市 普宁市
军埠镇: 大长陇村 石桥头村
流沙南街道: 马栅村
梅塘镇: 溪南村
占陇镇: 西楼村 下村 新寮村 占陈村
福建省 泉州市 安溪县
尚卿乡: 翰卿村 翰苑村 新楼村 灶坑村 灶美村
福建省 泉州市 德化县
龙浔镇: 宝美村
浔中镇: 浔中村
山东省 滨州市 博兴县
博兴镇: 顾家村
锦秋街道: 安柴村 孟桥村 南陈家村 湾头村 院庄村
"""


def _listed(text: str) -> Iterator[tuple[str, str, str, str, str]]:
    for line in text.strip().splitlines():
        town, _, villages = line.strip().partition(": ")
        if not villages:
            province, city, county = line.split()
        for village in villages.split():
            yield province, city, county, town, village


# ---------------------------------------------------------------- 2. the world: seasons
# Share of the year's sales by month, July first.
SEASONS = {
    "steady": (70, 72, 78, 82, 165, 108, 74, 42, 72, 74, 82, 101),
    "goods": (72, 76, 84, 92, 170, 112, 60, 34, 70, 72, 76, 92),
    "costumes": (40, 44, 56, 62, 120, 118, 60, 30, 74, 122, 184, 100),
    "nuts": (30, 36, 70, 120, 205, 190, 170, 44, 34, 32, 34, 45),
    "wool": (24, 44, 92, 148, 262, 176, 96, 34, 42, 30, 24, 38),
    "crabs": (6, 20, 260, 340, 260, 70, 14, 4, 6, 6, 6, 8),
}
NEW_YEAR = {
    2016: date(2016, 2, 8),
    2017: date(2017, 1, 28),
    2018: date(2018, 2, 16),
    2019: date(2019, 2, 5),
    2020: date(2020, 1, 25),
}  # the Spring Festival: parcels stand still
SALE_DAYS = {
    (11, 11): 14.0,
    (11, 10): 2.0,
    (11, 12): 2.0,
    (12, 12): 5.0,
    (6, 18): 6.0,
    (6, 17): 1.8,
    (6, 1): 2.0,
    (9, 9): 1.8,
    (3, 8): 1.6,
}
WEEKDAYS = (1.10, 1.12, 1.08, 1.06, 1.02, 0.86, 0.76)
HOURS = (9, 5, 3, 2, 2, 2, 4, 9, 22, 42, 50, 46, 38, 42, 46, 44, 42, 38, 34, 42, 54, 56, 44, 22)
LAST_THREE = (9, 10, 11)  # April, May, June, counted from July


def _month_weights(season: str, year: int) -> list[float]:
    weights = [float(weight) for weight in SEASONS[season]]
    if year == 2020:
        weights[7] *= 0.45  # February 2020
        weights[8] *= 0.80
    return weights


def _month_start(year: int, index: int) -> date:
    """First day of a statistical year's month, counted from July."""
    return date(year - 1 + (index + 6) // 12, (index + 6) % 12 + 1, 1)


def _day_weight(day: date) -> float:
    weight = WEEKDAYS[day.weekday()] * SALE_DAYS.get((day.month, day.day), 1.0)
    pause = (day - NEW_YEAR.get(day.year, date(1900, 1, 1))).days
    return weight * (0.25 if -4 <= pause <= 6 else 1.0)


def _midnight(day: date) -> datetime:
    return _at(day.year, day.month, day.day)


class _Calendar:
    """Draws the moment of an order within a month."""

    def __init__(self) -> None:
        self.days: dict[tuple[int, int], tuple[list[date], list[float]]] = {}
        for year, index in itertools.product(YEARS, range(12)):
            first, after = _month_start(year, index), _month_start(year, index + 1)
            days = [first + timedelta(n) for n in range((after - first).days)]
            self.days[year, index] = days, list(itertools.accumulate(map(_day_weight, days)))
        self.hours = list(itertools.accumulate(HOURS))

    def moment(self, rng: random.Random, year: int, index: int, since: date) -> datetime:
        days, weights = self.days[year, index]
        before = bisect.bisect_left(days, since)
        low = weights[before - 1] if before else 0.0
        at = min(bisect.bisect_right(weights, low + rng.random() * (weights[-1] - low)), len(days) - 1)
        hour = min(bisect.bisect_right(self.hours, rng.random() * self.hours[-1]), 23)
        return _midnight(days[at]) + timedelta(hours=hour, seconds=rng.randrange(3600))


# ---------------------------------------------------------------- 2. the world: shops
class _Attributes(NamedTuple):
    """What can change about a shop."""

    shop_type: str
    closed_on: date | None
    registered: str | None
    ship_from: str | None
    receive: str | None


@dataclass
class _Shop:
    shop_id: int
    platform: str
    opened_on: date
    household: str | None
    place: _Place
    size: float  # heavy-tailed: most are small
    price: float
    history: list[tuple[date, _Attributes]]
    feed: str = "main"

    @property
    def now(self) -> _Attributes:
        return self.history[-1][1]

    def at(self, day: date) -> _Attributes:
        return [attributes for since, attributes in self.history if since <= day][-1]

    def change(self, day: date, **changes: Any) -> None:
        self.history.append((max(day, self.history[-1][0]), self.now._replace(**changes)))


def _between(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(rng.randint(0, max((last - first).days, 0)))


def _year_end(year: int) -> date:
    return date(year, 6, 30)


OTHER_PLATFORMS = ("tmall", "1688", "aliexpress", "xianyu", "fliggy", "freshippo")
OTHER_WEIGHTS = (38, 34, 13, 9, 3, 3)
SMALL_FEEDS = {
    "1688": "1688",
    "aliexpress": "aliexpress",
    "xianyu": "xianyu",
    "fliggy": "more",
    "freshippo": "more",
}


class _World:
    """Opens, staffs, moves and closes shops so that every place has what its plan says."""

    def __init__(self, places: list[_Place]) -> None:
        self.places = places
        self.rng = {place.key: _rng(place.key) for place in places}
        # By place, and whether on Taobao: the shops that may sell.
        self.pools: dict[tuple[str, bool], list[_Shop]] = defaultdict(list)
        self.shops: list[_Shop] = []
        self.ids: set[int] = set()

    def open_shop(self, place: _Place, year: int, taobao: bool) -> _Shop:
        rng = self.rng[place.key]
        if year == min(place.plan) and rng.random() < 0.75:  # it was there before
            opened = date(2008 + int(7 * math.sqrt(rng.random())), rng.randint(1, 12), rng.randint(1, 28))
        else:
            opened = _between(rng, date(year - 1, 7, 1), date(year, 5, 20))
        platform = "taobao" if taobao else rng.choices(OTHER_PLATFORMS, OTHER_WEIGHTS)[0]
        while True:
            shop_id = 30_000_000 + (opened - date(2003, 5, 10)).days * 60_000 + rng.randrange(60_000)
            if shop_id not in self.ids:
                break
        self.ids.add(shop_id)
        pool = self.pools[place.key, taobao]
        home: str | None = "H" + hashlib.sha256(f"{SEED}/{shop_id}".encode()).hexdigest()[:10].upper()
        if pool and (len(pool) % 2 if place.shared_homes else rng.random() < 0.06):
            home = pool[-1].household
        elif not place.shared_homes and rng.random() < 0.12:
            home = None
        companies = 0.45 if platform in ("tmall", "1688") else 0.06
        shop_type = "enterprise" if rng.random() < companies else "individual"
        shop = _Shop(
            shop_id,
            platform,
            opened,
            home,
            place,
            min(rng.lognormvariate(0, 1.0), 18.0),
            rng.lognormvariate(0, 0.9),
            [(opened, self.address(place, shop_type, year, rng))],
            SMALL_FEEDS.get(platform, "main"),
        )
        pool.append(shop)
        self.shops.append(shop)
        return shop

    def address(self, place: _Place, shop_type: str, year: int, rng: random.Random) -> _Attributes:
        """Where a shop says that it is: mostly a code, of one edition or another."""
        code = place.code_in(year)
        if not place.unlinked and rng.random() < 0.35:
            code = rng.choice(sorted({place.code, *place.recoded.values()}))
        if place.words:
            text = rng.choice(place.words).format(n=rng.randint(1, 199))
            return _Attributes(shop_type, None, None, text, None)
        county, town = code[:6], code[:9]
        kind = rng.random() if len(code) == 12 else 0.0
        if kind < 0.72:
            ship, receive = code, (code if rng.random() < 0.5 else None)
        elif kind < 0.80:
            ship, receive = None, code
        elif kind < 0.86:
            ship, receive = county, code  # the deeper one counts
        elif kind < 0.90:
            ship, receive = town, code
        elif kind < 0.94:
            ship, receive = f"{rng.choice('东西南北')}街{rng.randint(1, 99)}号", code
        else:
            ship, receive = code, rng.choice([county, town, "同发货地址"])
        registered = None
        if shop_type == "enterprise":
            elsewhere = [county, town if len(town) == 9 else county]
            registered = code if rng.random() < 0.7 else rng.choice(elsewhere)
        return _Attributes(shop_type, None, registered, ship, receive)

    def move(self, year: int) -> None:
        """Shops go from one village to another."""
        named = {place.code: place for place in self.places if not place.words and place.known}
        for _, source, target, number in (move for move in MOVES if move[0] == year):
            rng = self.rng[named[source].key]
            pool = self.pools[named[source].key, True]
            for shop in rng.sample(pool, min(number, len(pool))):
                pool.remove(shop)
                shop.place = named[target]
                new = self.address(shop.place, shop.now.shop_type, year, rng)
                shop.change(
                    _between(rng, max(date(year - 1, 7, 5), shop.opened_on), date(year, 4, 30)),
                    registered=new.registered,
                    ship_from=new.ship_from,
                    receive=new.receive,
                )
                self.pools[shop.place.key, True].append(shop)

    def staff(self, place: _Place, year: int) -> list[tuple[_Shop, str]]:
        """Who sells in a place in a year, and how: active, dormant or natural."""
        rng, plan = self.rng[place.key], place.plan.get(year)
        if plan is None:
            return []
        staffed: list[tuple[_Shop, str]] = []
        for taobao, active, dormant in ((True, plan.taobao, plan.dormant), (False, plan.others, 0)):
            pool = self.pools[place.key, taobao]
            while len(pool) < active + dormant:
                self.open_shop(place, year, taobao)
            rng.shuffle(pool)
            pool.sort(key=lambda shop: not shop.feed.startswith("export"))
            closing = pool[active + dormant :]
            staffed += [(shop, "natural" if place.natural else "active") for shop in pool[:active]]
            staffed += [(shop, "dormant") for shop in pool[active : active + dormant]]
            for shop in pool[:active]:
                self.live_on(shop, year, rng)
            for number, shop in enumerate(pool[active : active + dormant]):
                if number % 3 == 0 and not place.dormant_in and shop.opened_on < date(year - 1, 7, 1):
                    self.close(shop, _between(rng, date(year, 4, 1), date(year, 6, 20)), pool)
            for shop in closing:  # no order any more
                if rng.random() < 0.5:
                    self.close(shop, _between(rng, date(year - 1, 7, 1), date(year, 3, 31)), pool)
        return staffed

    def close(self, shop: _Shop, day: date, pool: list[_Shop]) -> None:
        day = max(day, shop.history[-1][0])
        shop.change(day, closed_on=day)
        pool.remove(shop)

    def recode(self, year: int) -> None:
        """Give every shop of a place that is recoded the new code at once."""
        for place in self.places:
            if place.unlinked and year in place.recoded:
                old, new = place.code_in(year - 1), place.code_in(year)
                for shop in (shop for shop in self.shops if shop.place is place):
                    texts = {
                        name: text and text.replace(old[:6], new[:6])
                        for name, text in shop.now._asdict().items()
                        if name in ("registered", "ship_from", "receive")
                    }
                    shop.change(max(date(year - 1, 11, 1), shop.history[-1][0]), **texts)

    def live_on(self, shop: _Shop, year: int, rng: random.Random) -> None:
        """Becoming a company, or writing one's address anew."""
        day = _between(rng, max(date(year - 1, 7, 1), shop.opened_on), date(year, 6, 25))
        if shop.now.shop_type == "individual" and rng.random() < 0.025:
            new = self.address(shop.place, "enterprise", year, rng)
            shop.change(day, shop_type="enterprise", registered=new.registered)
        elif rng.random() < (0.3 if shop.place.recoded else 0.02):
            new = self.address(shop.place, shop.now.shop_type, year, rng)
            shop.change(day, ship_from=new.ship_from, receive=new.receive)


# ---------------------------------------------------------------- 2. the world: orders
@dataclass(slots=True)
class _Order:
    transaction_id: int
    shop: _Shop
    created: datetime
    paid_at: datetime
    weight: float
    outcome: str  # sold, unpaid, closed (paid, then refunded wholly), recalled (the same, months later)
    feed: str
    refund_share: float = 0.0
    amount: int = 0  # fen
    refunded: int = 0


class _Version(NamedTuple):
    """One observed version of an order; the fields are the raw table's columns."""

    transaction_id: int
    shop_id: int
    paid_at: datetime | None
    amount: Decimal
    refunded_amount: Decimal | None
    status: str
    updated_at: datetime


def _epoch_seconds(moment: datetime) -> int:
    return int((moment - _at(1970, 1, 1, 8)).total_seconds())


def _pleasant(fen: float) -> int:
    """Round to an amount as shops set it: whole yuan where large, .00 .50 .80 .90 where small."""
    whole = fen / 100
    if whole >= 3000:
        return round(whole / 10) * 1000
    if whole >= 300:
        return round(whole) * 100
    return max(int(whole) * 100 + (0, 50, 80, 90)[int(whole * 7) % 4], 100)


class _Market:
    """Makes the orders of a place in a year add up to its plan."""

    def __init__(self, world: _World) -> None:
        self.world, self.calendar = world, _Calendar()
        self.ids: set[int] = set()

    def months(self, shop: _Shop, style: str, year: int, rng: random.Random) -> list[int]:
        """Draw the months (from July) of a shop's orders in a year."""
        place = shop.place
        since = shop.opened_on + timedelta(3)
        opened = [index for index in range(12) if _month_start(year, index + 1) > since]
        weights = _month_weights(place.season, year)
        if style == "dormant":
            outside = [index for index in opened if index not in LAST_THREE] or opened[:1]
            weights = _month_weights(place.dormant_in or place.season, year)
            count = rng.randint(4, 7) if place.dormant_in else rng.randint(1, 2)
            return rng.choices(outside, [weights[index] for index in outside], k=count)
        if style == "natural":
            count = min(1 + int(2.0 * shop.size), 30)
            return rng.choices(opened, [weights[index] for index in opened], k=count)
        count = 4 + int(1.7 * shop.size) + (rng.random() < 0.5)
        drawn = sorted(rng.choices(opened, [weights[index] for index in opened], k=count))
        spare = [at for at, index in enumerate(drawn) if index not in LAST_THREE]
        rng.shuffle(spare)
        late = [index for index in LAST_THREE if index in opened]
        while sum(index in LAST_THREE for index in drawn) < 3:
            drawn[spare.pop()] = rng.choices(late, [weights[index] for index in late])[0]
        return drawn

    def order(self, shop: _Shop, year: int, index: int, outcome: str, rng: random.Random) -> _Order:
        paid = self.calendar.moment(rng, year, index, shop.opened_on + timedelta(1))
        created = max(paid - timedelta(seconds=int(rng.expovariate(1 / 900)) + 20), FIRST_DAY)
        while True:
            transaction_id = _epoch_seconds(created) * 10**8 + rng.randrange(10**8)
            if transaction_id not in self.ids:
                break
        self.ids.add(transaction_id)
        weight = shop.price * shop.size**0.4 * min(rng.lognormvariate(0, 1.25), 25.0)
        return _Order(transaction_id, shop, created, paid, weight, outcome, shop.feed)

    def orders(self, place: _Place, year: int) -> list[_Order]:
        rng = self.world.rng[place.key]
        orders: list[_Order] = []
        for shop, style in self.world.staff(place, year):
            months = self.months(shop, style, year, rng)
            if shop.feed.startswith("export"):
                months = rng.choices(range(12), _month_weights(place.season, year), k=230)
            orders += [self.order(shop, year, index, "sold", rng) for index in months]
            if rng.random() < 0.16:
                orders.append(self.order(shop, year, rng.choice(months), "unpaid", rng))
            if rng.random() < 0.09:
                orders.append(self.order(shop, year, rng.choice(months), "closed", rng))
        if not orders:
            return []
        self.set_amounts(orders, place, year, rng)
        if place.recalled.get(year):
            orders += self.recall(orders, round(place.recalled[year] * WAN), year, rng)
        return orders

    def set_amounts(self, orders: list[_Order], place: _Place, year: int, rng: random.Random) -> None:
        """Scales the drawn weights so that months follow the season and the year's sales follow the plan."""
        season = _month_weights(place.season, year)
        index_of = {id(order): (order.paid_at.month - 7) % 12 for order in orders}
        drawn: dict[int, float] = defaultdict(float)
        for order in orders:
            if order.outcome == "sold":
                drawn[index_of[id(order)]] += order.weight
        for order in orders:
            index = index_of[id(order)]
            share = drawn[index] / sum(drawn.values()) if drawn[index] else 1.0
            order.weight *= min(max(season[index] / sum(season) / share, 0.35), 3.0)
            if order.outcome == "sold" and rng.random() < 0.045:
                order.refund_share = rng.choice((0.05, 0.1, 0.1, 0.2, 0.3, 0.5))
        goal = place.plan[year].sales * WAN * (1 if year in place.exact else 1 + rng.uniform(-0.008, 0.008))
        sold = [order for order in orders if order.outcome == "sold"]
        scale = goal / sum(order.weight * (1 - order.refund_share) for order in sold)
        for order in orders:
            order.amount = _pleasant(order.weight * scale)
            order.refunded = _pleasant(order.amount * order.refund_share) if order.refund_share else 0
            order.refunded = min(order.refunded, order.amount)
        if year in place.exact:
            largest = max((order for order in sold if not order.refunded), key=lambda order: order.amount)
            largest.amount += round(goal) - sum(order.amount - order.refunded for order in sold)

    def recall(self, orders: list[_Order], goal: int, year: int, rng: random.Random) -> list[_Order]:
        """Large orders around 11 November that count for months, until they are refunded and closed."""
        by_id = {order.shop.shop_id: order.shop for order in orders}
        shops = [shop for _, shop in sorted(by_id.items()) if shop.opened_on < date(year - 1, 11, 1)]
        wave = [self.order(rng.choice(shops), year, 4, "recalled", rng) for _ in range(60)]
        scale = goal / sum(order.weight for order in wave)
        for order in wave:
            order.amount = order.refunded = _pleasant(order.weight * scale)
        return wave


# ---------------------------------------------------------------- 3. the deliveries: versions
def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


class _Life:
    """The versions of an order, oldest first; the last one is the truth."""

    def __init__(self, order: _Order, rng: random.Random, strangers: list[int]) -> None:
        self.order, self.rng, self.strangers = order, rng, strangers
        self.versions: list[_Version] = []
        if order.outcome == "unpaid":
            self.tell_unpaid()
        else:
            self.tell_paid()

    def see(self, when: datetime, status: str, **changes: Any) -> None:
        """Note what would be seen of the order from a moment on."""
        order = self.order
        if when < LAST_MOMENT - 24 * HOUR and (not self.versions or when > self.versions[-1].updated_at):
            refunded = changes.pop("refunded", 0)
            version = _Version(
                order.transaction_id,
                order.shop.shop_id,
                order.paid_at,
                _yuan(order.amount),
                _yuan(refunded) if refunded else None,
                status,
                when.replace(microsecond=0),
            )
            self.versions.append(version._replace(**changes))

    def tell_unpaid(self) -> None:
        rng, created = self.rng, self.order.created
        kind = rng.random()
        first = "WAIT_BUYER_PAY" if kind < 0.9 else "PAY_PENDING" if kind < 0.95 else "WAIT_PRE_AUTH_CONFIRM"
        last = "TRADE_CLOSED_BY_TAOBAO" if kind < 0.95 else "TRADE_NO_CREATE_PAY"
        self.see(created, first, paid_at=None)
        self.see(created + rng.uniform(20, 72) * HOUR, last, paid_at=None)

    def tell_paid(self) -> None:
        rng, order = self.rng, self.order
        is_plain = order.outcome == "sold" and not order.refunded
        self.see(order.created, "WAIT_BUYER_PAY", paid_at=None)
        self.see(order.paid_at, "PAID_FORBID_CONSIGN" if rng.random() < 0.01 else "WAIT_SELLER_SEND_GOODS")
        if is_plain and rng.random() < 0.001:
            return  # never sent
        sent = order.paid_at + rng.uniform(3, 44) * HOUR
        if rng.random() < 0.03:
            self.see(sent, "SELLER_CONSIGNED_PART")
            sent += rng.uniform(10, 60) * HOUR
        self.see(sent, "WAIT_BUYER_CONFIRM_GOODS")
        if is_plain and rng.random() < 0.004:
            return  # never confirmed
        received = sent + rng.uniform(44, 190) * HOUR
        done = "TRADE_BUYER_SIGNED" if rng.random() < 0.01 else "TRADE_FINISHED"
        if order.outcome == "closed":
            closed = received if rng.random() < 0.5 else sent + rng.uniform(4, 40) * HOUR
            self.see(closed, "TRADE_CLOSED", refunded=order.amount)
        elif order.outcome == "recalled":
            self.see(received, done)
            recalled = _at(order.paid_at.year + 1, 5, 14, 9) + rng.uniform(0, 200) * HOUR
            self.see(recalled, "TRADE_CLOSED", refunded=order.refunded)
        else:
            self.tell_received(received, done)

    def tell_received(self, received: datetime, done: str) -> None:
        """Something may be written wrongly at first, and put right later."""
        rng, order = self.rng, self.order
        slip = rng.random()
        late = min(received + rng.uniform(400, 2400) * HOUR, LAST_MOMENT - rng.uniform(30, 300) * HOUR)
        if slip < 0.006:
            self.see(received, done, amount=_yuan(order.amount * 10))
        elif slip < 0.009:
            wrong = max(order.paid_at - timedelta(days=rng.randint(20, 45)), FIRST_DAY)
            self.see(received, done, paid_at=wrong)
        elif slip < 0.011:
            self.see(received, done, shop_id=rng.choice(self.strangers))
        elif order.refunded and rng.random() < 0.5:
            self.see(received, done)
        else:
            late = received
        self.see(late, done, refunded=order.refunded)


# ---------------------------------------------------------------- 3. the deliveries: files
class _Style(NamedTuple):
    """How a file writes its values."""

    headers: str = "en"
    encoding: str = "utf-8"
    time: str = "%Y-%m-%d %H:%M:%S"
    money: str = "plain"
    ids: str = "plain"
    null: str = ""
    newline: str = "\n"


HEADERS: dict[str, dict[str, list[str]]] = {
    "transactions": {
        "en": _words("transaction_id shop_id paid_at amount refunded_amount status updated_at"),
        "zh": _words("订单编号 店铺编号 付款时间 交易金额 退款金额 订单状态 更新时间"),
        "top": _words("tid shop_id pay_time payment refunded_amount status modified"),
    },
    "shops": {
        "en": _words(
            "shop_id platform shop_type opened_on closed_on registered_address ship_from_address "
            "receive_address household_id recorded_at"
        ),
        "zh": _words("店铺编号 平台 店铺类型 开店日期 关店日期 注册地址 发货地址 收货地址 户号 采集时间"),
    },
    "villages": {
        "en": _words("village_code year households population recorded_at"),
        "zh": _words("村代码 年份 户数 人口 采集时间"),
    },
    "counties": {
        "en": _words("county_code year population recorded_at"),
        "zh": _words("县代码 年份 人口 采集时间"),
    },
    "lists": {"en": ["year", "place"], "zh": _words("年份 省 市 区/县 镇/乡/街道 村")},
}
CHINESE = {
    "WAIT_BUYER_PAY": "等待买家付款",
    "WAIT_SELLER_SEND_GOODS": "买家已付款，等待卖家发货",  # noqa: RUF001 (as the platform writes it)
    "SELLER_CONSIGNED_PART": "卖家部分发货",
    "WAIT_BUYER_CONFIRM_GOODS": "卖家已发货，等待买家确认",  # noqa: RUF001 (as the platform writes it)
    "TRADE_FINISHED": "交易成功",
    "TRADE_CLOSED": "交易关闭",
    "TRADE_CLOSED_BY_TAOBAO": "交易关闭",
    "taobao": "淘宝",
    "tmall": "天猫",
    "1688": "阿里巴巴",
    "xianyu": "闲鱼",
    "aliexpress": "速卖通",
    "fliggy": "飞猪",
    "freshippo": "盒马",
    "individual": "个人",
    "enterprise": "企业",
}
Row = dict[str, Any]  # by canonical column
LINE = ""  # the key that says how the line itself is damaged

# Rows that break a rule: what is put in place of the right value.
SPOILT: dict[str, list[Row]] = {
    "transactions": [
        {"transaction_id": None},
        {"transaction_id": "1.57E+17"},
        {"shop_id": None},
        {"shop_id": 0},
        {"shop_id": "tb88_shop"},
        {"paid_at": None},
        {"paid_at": "2018-02-30 10:15:00"},
        {"amount": None},
        {"amount": "1.2万"},
        {"amount": "-88.00"},
        {"amount": "12.345"},
        {"refunded_amount": Decimal("99999999.00")},
        {"refunded_amount": "待定"},
        {"status": None},
        {"status": "已揽收"},
        {"updated_at": None},
        {"updated_at": "0000-00-00 00:00:00"},
        {"amount": None, "status": "SHIPPED"},
        {LINE: "cut"},
        {LINE: "more"},
        {LINE: "quote"},
        {LINE: "bytes"},
    ],
    "shops": [
        {"shop_id": None},
        {"shop_id": "0"},
        {"platform": None},
        {"platform": "拼多多"},
        {"shop_type": None},
        {"shop_type": "合伙"},
        {"opened_on": None},
        {"opened_on": "2018-13-01"},
        {"closed_on": date(2003, 9, 1)},
        {"closed_on": "营业中"},
        {"recorded_at": None},
        {"recorded_at": "昨天"},
        {"shop_type": None, "recorded_at": None},
        {LINE: "cut"},
        {LINE: "quote"},
        {LINE: "more"},
    ],
    "villages": [
        {"village_code": None},
        {"village_code": "33078200222"},
        {"year": None},
        {"year": 1998},
        {"households": None},
        {"households": 0},
        {"households": "约200"},
        {"population": "-3"},
        {"recorded_at": "2019年"},
        {LINE: "more"},
        {LINE: "cut"},
    ],
    "counties": [
        {"county_code": None},
        {"county_code": "3307"},
        {"year": None},
        {"year": 2120},
        {"population": None},
        {"population": 0},
        {"recorded_at": "不详"},
        {LINE: "cut"},
    ],
    "lists": [{"place": None}, {"year": None}, {"year": 16}, {LINE: "more"}],
}

SPOILT_IN_JSON: dict[str, list[Row]] = {  # what only JSON can get wrong
    "shops": [
        {"registered_address": ["330782"]},
        {"ship_from_address": {"province": "浙江"}},
        {"receive_address": True},
        {"household_id": False},
    ],
    "transactions": [{"amount": True}],
}

ZH = _Style("zh")
ZH_GB = _Style("zh", "gb18030", "%Y/%m/%d %H:%M:%S", newline="\r\n")
MAIN = [  # end of the period (exclusive), path, style
    ((2016, 1), "2015H2/orders-2015H2.csv.gz", _Style()),
    ((2016, 7), "2016H1/orders-2016H1.csv.gz", ZH_GB),
    ((2016, 10), "2016H2/orders-2016Q3.jsonl.gz", _Style("top", time="millis")),
    ((2017, 1), "2016H2/orders-2016Q4.csv.zst", ZH._replace(money="yuan")),
    ((2017, 4), "2017H1/orders-2017Q1.parquet", _Style()),
    ((2017, 7), "2017H1/orders-2017Q2.csv.zst", ZH_GB),
    ((2017, 10), "2017H2/orders-2017Q3.parquet", _Style(time="utc")),
    ((2018, 1), "2017H2/orders-2017Q4.jsonl.zst", _Style("top")),
    ((2018, 4), "2018H1/orders-2018Q1.parquet", _Style(time="text")),
    ((2018, 7), "2018H1/orders-2018Q2.csv.zst", _Style(time="%Y-%m-%dT%H:%M:%S+08:00", money="thousands")),
]
MONTHLY = [  # from July 2018 on, in turn
    (".csv.zst", ZH),
    (".parquet", _Style()),
    (".jsonl.zst", _Style("top")),
    (".csv.zst", ZH_GB),
    (".csv.gz", _Style(null="\\N", newline="\r\n")),
    (".parquet", _Style(time="text")),
]
SMALL = {  # feeds of smaller platforms: one file a statistical year
    "1688": (".csv.gz", _Style("zh", "gb18030", ids="formula", money="sign")),
    "aliexpress": (".xlsx", _Style()),
    "xianyu": (".csv", _Style("zh", "utf-8-sig", "%Y年%m月%d日 %H:%M:%S", ids="apostrophe")),
    "more": (".jsonl", _Style()),
}


class _Sheet(NamedTuple):
    """One file to be written."""

    path: str
    style: _Style
    rows: list[Row]

    @property
    def table(self) -> str:
        return self.path.split("/")[0]

    @property
    def format(self) -> str:
        return next(name for name in ("csv", "jsonl", "parquet", "xlsx") if f".{name}" in self.path)

    @property
    def headers(self) -> list[str]:
        return HEADERS[self.table][self.style.headers]

    @property
    def columns(self) -> list[str]:
        """The canonical columns, in the order of the headers."""
        in_parts = self.table == "lists" and "place" not in self.headers
        return ["year", *self.headers[1:]] if in_parts else HEADERS[self.table]["en"]


def _schedule(feed: str) -> Iterator[tuple[datetime, str, _Style]]:
    """List the files of a feed: end of the period, path, style."""
    if feed == "main":
        for end, path, style in MAIN:
            yield _at(*end, 1), "transactions/" + path, style
        for number in range(24):
            month = _at(2018 + (number + 6) // 12, (number + 6) % 12 + 1, 1)
            after = _at(2018 + (number + 7) // 12, (number + 7) % 12 + 1, 1)
            suffix, style = MONTHLY[number % len(MONTHLY)]
            yield after, f"transactions/{month:%Y}/{month:%m}/orders-{month:%Y-%m}{suffix}", style
        yield _at(2020, 8, 1), "transactions/2020/07/updates-2020-07.csv.zst", ZH
        yield LAST_MOMENT, "transactions/2020/08/updates-2020-08.csv.gz", _Style(time="%Y-%m-%d %H:%M:%S.000")
    else:
        suffix, style = SMALL[feed]
        for year in YEARS:
            after = _at(year, 7, 1) if year < YEARS[-1] else LAST_MOMENT
            yield after, f"transactions/{year}/{feed}/{feed}-{year}{suffix}", style


def _order_files(orders: list[_Order], strangers: list[int]) -> list[_Sheet]:
    """Cuts every order's life at the ends of the periods: a file has the newest version, sometimes all."""
    rng = _rng("versions")
    sheets: list[_Sheet] = []
    by_feed = defaultdict(list)
    for order in orders:
        by_feed[order.feed].append(order)
    for feed in sorted(by_feed):
        if feed.startswith("export"):
            continue
        files = list(_schedule(feed))
        ends = [end for end, _, _ in files]
        rows: list[list[_Version]] = [[] for _ in files]
        for order in by_feed[feed]:
            life = _Life(order, rng, strangers).versions
            parts = defaultdict(list)
            for version in life:
                parts[bisect.bisect_right(ends, version.updated_at)].append(version)
            for at, part in parts.items():
                rows[at] += part if rng.random() < 0.04 else part[-1:]
            if rng.random() < 0.002:  # an old version once more, after the newest
                rows[min(at + 1, len(files) - 1)].append(life[0])
            tied = life[-1].refunded_amount and rng.random() < 0.05
            if tied:  # two versions of one moment: the greater counts
                rows[at].append(life[-1]._replace(refunded_amount=None))
        for (_, path, style), part in zip(files, rows, strict=True):
            part.sort(key=lambda version: (version.updated_at, version.transaction_id))
            sheets.append(_Sheet(path, style, [version._asdict() for version in part]))
    return sheets


REGISTERS = [
    (2016, "shops/2016/registry-2016-06-30.csv", ZH_GB._replace(time="%Y/%m/%d %H:%M")),
    (2017, "shops/2017/registry-2017-06-30.csv.gz", _Style("zh", "utf-8-sig")),
    (2018, "shops/2018/registry-2018-06-30.parquet", _Style()),
    (2019, "shops/2019/registry-2019-06-30.jsonl.zst", _Style()),
    (2020, "shops/2020/registry-2020-06-30.csv.zst", _Style(time="%Y-%m-%dT%H:%M:%SZ")),
]
CHANGES = {
    2017: ("shops/changes/changes-2017.xlsx", _Style()),
    2018: ("shops/changes/changes-2018.jsonl.gz", _Style("zh")),
    2019: ("shops/changes/changes-2019.csv", ZH),
    2020: ("shops/changes/changes-2020.csv", ZH_GB),
    2021: ("shops/changes/changes-2020-08.csv", _Style()),
}


def _register_row(shop: _Shop, attributes: _Attributes, recorded_at: datetime) -> Row:
    return {
        "shop_id": shop.shop_id,
        "platform": shop.platform,
        "shop_type": attributes.shop_type,
        "opened_on": shop.opened_on,
        "closed_on": attributes.closed_on,
        "registered_address": attributes.registered,
        "ship_from_address": attributes.ship_from,
        "receive_address": attributes.receive,
        "household_id": shop.household,
        "recorded_at": recorded_at,
    }


def _shop_files(world: _World) -> Iterator[_Sheet]:
    """Make the whole register at each year's end, and what changed in between."""
    shops = sorted((shop for shop in world.shops if shop.place.known), key=lambda shop: shop.shop_id)
    for year, path, style in REGISTERS:
        day, before = _year_end(year), _year_end(year - 1)
        rows = []
        for shop in shops:
            if shop.opened_on <= day:
                attributes = shop.at(day)
                if attributes.closed_on is None or attributes.closed_on > before:
                    rows.append(_register_row(shop, attributes, _at(year, 6, 30, 2)))
        yield _Sheet(path, style, rows)
    rng = _rng("changes")
    changes: dict[int, list[Row]] = defaultdict(list)
    for shop in shops:
        for day, attributes in shop.history[1:]:
            moment = _midnight(day) + timedelta(seconds=rng.randrange(28_800, 72_000))
            changes[day.year + (day.month > 6)].append(_register_row(shop, attributes, moment))
    still_open = [shop for shop in shops if shop.now.closed_on is None]
    for shop in rng.sample(still_open, 40):  # moved after the last year's end
        moved = shop.now._replace(ship_from=rng.choice(shops).now.ship_from, receive=None)
        moment = _at(2020, 8, rng.randint(3, 28), rng.randint(9, 17))
        changes[2021].append(_register_row(shop, moved, moment))
    for year, (path, style) in CHANGES.items():
        yield _Sheet(path, style, sorted(changes[year], key=lambda row: (row["recorded_at"], row["shop_id"])))


# ---------------------------------------------------------------- 3. the deliveries: figures and lists
class _Divisions:
    """Codes and names of each edition: the villages of some counties, and all that is above villages."""

    def __init__(self, path: Path, counties: set[str]) -> None:
        self.names: dict[int, dict[str, str]] = defaultdict(dict)
        columns = pq.read_table(path, columns=["code", "name", "first_edition", "last_edition"]).to_pydict()
        for code, name, first, last in zip(*columns.values(), strict=True):
            if code[:6] in counties or (len(code) < 12 and code.startswith(FIGURES_OF)):
                for edition in range(first, last + 1):
                    self.names[edition][code] = name
        first_edition, *others = (self.names[edition] for edition in sorted(self.names))
        self.lasting: dict[str, list[str]] = defaultdict(list)  # villages that never changed, by county
        for code, name in sorted(first_edition.items()):
            if len(code) == 12 and all(other.get(code) == name for other in others):
                self.lasting[code[:6]].append(code)


def _fraction(*parts: object) -> float:
    """Make a number in [0, 1) that depends on nothing but its parts."""
    digest = hashlib.sha256("/".join(map(str, (SEED, *parts))).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _ordinary_places(divisions: _Divisions, named: set[str]) -> list[_Place]:
    """Villages without any ambition, in the cast's counties and elsewhere."""
    places = []
    for county in COUNTIES:
        unnamed = [code for code in divisions.lasting[county] if code not in named]
        for code in sorted(unnamed, key=lambda code: _fraction("pick", code))[:8]:
            first = 2016 + int(3 * _fraction("first", code) ** 2)
            shops = 1 + int(7 * _fraction("shops", code) ** 2)
            each = 12 + 70 * _fraction("sales", code) ** 2
            plan = {}
            for year in range(first, YEARS[-1] + 1):
                count = max(1, round(shops * 1.22 ** (year - 2018)))
                sales = min(count * each * (0.8 + 0.5 * _fraction(code, year)), 800)
                plan[year] = _Plan(count, round(count * 0.18), 0, sales)
            households = {2016: 90 + int(900 * _fraction("homes", code))}
            places.append(_Place(code, "", plan, households, natural=True))
    return places


def _village_files(divisions: _Divisions, places: list[_Place]) -> Iterator[_Sheet]:
    """Households of the villages of every township that has a named village, by the codes of the year."""
    files = {
        2016: ("villages/2016/villages-2016.csv", ZH_GB),
        2017: ("villages/2017/villages-2017.xlsx", _Style()),
        2018: ("villages/2018/villages-2018.csv.gz", _Style()),
        2019: ("villages/2019/villages-2019.parquet", _Style()),
        2020: ("villages/2020/villages-2020.jsonl.gz", _Style("zh")),
    }
    counted = [place for place in places if place.households]
    planned = {place.code_in(year): place for year in YEARS for place in counted}
    towns = {place.code_in(year)[:9] for year in YEARS for place in counted if not place.natural}
    corrections = []
    for year, (path, style) in files.items():
        rows = []
        for code in sorted(code for code in divisions.names[year] if len(code) == 12):
            place = planned.get(code)
            if place:
                homes = place.households_in(year)
                is_missing = place.natural and _fraction("gap", code) < 0.1
            else:
                homes = 110 + int(1100 * _fraction("homes", code[6:]) ** 1.5)
                homes = round(homes * (1 + 0.01 * (year - 2016)))
                is_missing = code[:9] not in towns or _fraction("gap", code, year) < 0.06
            if is_missing or (year == 2017 and code.startswith("41")):  # 河南 did not deliver in 2017
                continue
            people = None if _fraction("people", code) < 0.05 else round(homes * (3 + _fraction(code)))
            day = _at(year, 8, 1 + int(27 * _fraction("day", code)))
            row = {
                "village_code": code,
                "year": year,
                "households": homes,
                "population": people,
                "recorded_at": day,
            }
            if place and {year, year - 1} & set(place.households) - {YEARS[0]}:  # the new count came late
                corrections.append(row | {"recorded_at": _at(2020, 9, 1, 10)})
                row["households"] = place.households_in(YEARS[0])
            rows.append(row)
        yield _Sheet(path, style, rows)
    yield _Sheet("villages/corrections/villages-2019-corrected.csv", ZH, corrections)


def _county_files(divisions: _Divisions) -> Iterator[_Sheet]:
    files = {
        2016: ("counties/counties-2016.csv", ZH_GB),
        2017: ("counties/counties-2017.csv.gz", _Style()),
        2018: ("counties/counties-2018.xlsx", _Style("zh")),
        2019: ("counties/counties-2019.jsonl", _Style()),
        2020: ("counties/counties-2020.parquet", _Style()),
    }
    for year, (path, style) in files.items():
        rows = []
        for code, name in sorted(divisions.names[year].items()):
            if len(code) == 6 and name != "市辖区":
                people = 180_000 + 900_000 * _fraction("county", code) ** 1.4
                rows.append(
                    {
                        "county_code": code,
                        "year": year,
                        "population": round(people * 1.004 ** (year - 2016)),
                        "recorded_at": _at(year, 9, 1) if year > 2016 else None,
                    }
                )
        yield _Sheet(path, style, rows)


def _list_files() -> Iterator[_Sheet]:
    rows = [
        {"year": year, "place": "".join(names)}
        for year, text in ((2016, LISTED_TEXT), (2014, LISTED_2014))
        for names in _listed(text)
    ]
    yield _Sheet("lists/taobao-villages-2014-2016.csv", _Style("en", "utf-8-sig"), rows)
    names = HEADERS["lists"]["zh"][1:]
    rows = [{"year": 2016, **dict(zip(names, place, strict=True))} for place in _listed(LISTED_COLUMNS)]
    yield _Sheet("lists/taobao-villages-2016.csv", _Style("zh", "gb18030"), rows)


# ---------------------------------------------------------------- 3. the deliveries: a seller's own export
# The columns of 2019 of the export "ExportOrderList" in the seller's back end.
EXPORT_COLUMNS = _words(
    "订单编号,买家会员名,买家支付宝账号,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,"
    "总金额,返点积分,买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,"
    "运送方式,联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,"
    "订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,"
    "分阶段订单信息,特权订金订单id,是否上传合同照片,是否上传小票,是否代付,定金排名,修改后的sku,"
    "修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,新零售交易类型,"
    "新零售导购门店名称,新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,预约门店,"
    "确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,体验期结束时间,前N有礼,配送类型,"
    "主订单编号",
    ",",
)


def _export_file(name: str, taken: datetime, orders: list[_Order]) -> tuple[str, bytes]:
    """Make what a seller would download: no `updated_at`, and columns about buyers (here masked)."""
    lines = [",".join(EXPORT_COLUMNS)]
    known = [order for order in orders if order.created < taken]
    known.sort(key=lambda order: order.created, reverse=True)
    for number, order in enumerate(known):
        confirmed = order.paid_at + timedelta(hours=100 + order.transaction_id % 150)
        paid = order.outcome != "unpaid"
        finished = order.outcome == "sold" and confirmed < taken
        status = CHINESE["WAIT_BUYER_CONFIRM_GOODS"]
        if order.outcome != "sold" or finished:
            status = CHINESE["TRADE_FINISHED" if finished else "TRADE_CLOSED"]
        refunded = order.refunded if finished else order.amount if order.outcome == "closed" else 0
        amount = f"{_yuan(order.amount):.2f}"
        values = dict.fromkeys(EXPORT_COLUMNS, "") | {
            "订单编号": f'="{order.transaction_id}"',
            "买家会员名": "买家**",
            "买家支付宝账号": "***",
            "支付单号": "***",
            "买家应付货款": amount,
            "买家应付邮费": "0.00",
            "买家支付积分": "0",
            "总金额": amount,
            "返点积分": "0",
            "买家实际支付金额": amount if paid else "0.00",
            "买家实际支付积分": "0",
            "订单状态": status,
            "收货人姓名": "**",
            "收货地址 ": "已隐去",
            "运送方式": "快递",
            "联系手机": "'***********",
            "订单创建时间": f"{order.created:%Y-%m-%d %H:%M:%S}",
            "订单付款时间 ": f"{order.paid_at:%Y-%m-%d %H:%M:%S}" if paid else "",
            "宝贝标题 ": '"实木电脑桌 120cm,原木色"',
            "宝贝种类 ": "1",
            "宝贝总数量": str(1 + order.transaction_id % 3),
            "店铺Id": str(order.shop.shop_id),
            "店铺名称": "沙集某家具店",
            "订单关闭原因": "订单未关闭" if status != "交易关闭" else "退款" if paid else "买家未付款",
            "卖家服务费": "0元",
            "买家服务费": "0元",
            "是否手机订单": "手机订单",
            "是否代付": "否",
            "退款金额": f"{_yuan(refunded):.2f}" if refunded else "无退款申请",
            "确认收货时间": f"{confirmed:%Y-%m-%d %H:%M:%S}" if finished else "",
            "打款商家金额": f"{amount}元",
        }
        if number == 40:  # one spoilt row a file: a time that is none
            values |= {"订单编号": f'="{order.transaction_id + 1}"', "确认收货时间": "待确认"}
            lines.append(",".join(values.values()))
            values |= {
                "订单编号": f'="{order.transaction_id}"',
                "确认收货时间": f"{confirmed:%Y-%m-%d %H:%M:%S}" if finished else "",
            }
        lines.append(",".join(values.values()))
    return f"transactions/sellers/{name}", ("\r\n".join(lines) + "\r\n").encode("gb18030")


# ---------------------------------------------------------------- 4. the writers
def _write_money(value: Decimal, style: _Style) -> str:
    if style.money == "yuan":
        return f"{value:.2f}元"
    if style.money == "sign":
        return f"￥{value:.2f}"
    return f"{value:,.2f}" if style.money == "thousands" else f"{value:.2f}"


def _write_time(value: datetime, style: _Style) -> str:
    if style.time == "millis":
        return f"{_epoch_seconds(value)}000"
    if style.time.endswith("Z"):
        return (value - timedelta(hours=8)).strftime(style.time)
    return value.strftime(style.time if "%" in style.time else "%Y-%m-%d %H:%M:%S")


def _write_value(column: str, value: object, style: _Style) -> str | None:
    """Write a value as text, in the file's manner; None for null (and for what only JSON can get wrong)."""
    if isinstance(value, datetime):
        return _write_time(value, style)
    if isinstance(value, date):
        return value.strftime(style.time.split("日")[0] + "日" if "年" in style.time else "%Y-%m-%d")
    if isinstance(value, Decimal):
        return _write_money(value, style)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if style.headers == "zh" and column in ("status", "platform", "shop_type"):
        value = CHINESE.get(str(value), value)
    if column in ("transaction_id", "village_code") and style.ids != "plain":
        return f'="{value}"' if style.ids == "formula" else f"'{value}"
    return str(value)


class _Spoiler:
    """Deals out the kinds of spoilt rows in turn, so that each appears, and no file has too many."""

    def __init__(self) -> None:
        self.turn = dict.fromkeys(SPOILT, 0)
        self.rng = _rng("spoilt")

    def fits(self, kind: Row, sheet: _Sheet) -> bool:
        if LINE in kind:
            possible = {"csv": ("cut", "more", "quote", "bytes"), "jsonl": ("cut", "bytes")}
            return kind[LINE] in possible.get(sheet.format, ())
        if sheet.format == "parquet" and sheet.style.time != "text":  # typed columns hold no nonsense
            named = ("status", "platform", "shop_type")
            return not any(isinstance(value, str) and column not in named for column, value in kind.items())
        return set(kind) <= set(sheet.columns)

    def deal(self, sheet: _Sheet) -> list[tuple[Row, Row]]:
        """Spoilt copies to put into a sheet: a sound row, and what is wrong with its copy."""
        kinds = SPOILT[sheet.table]
        count = min(int(len(sheet.rows) * 0.0097), 4 if sheet.table == "transactions" else 6)
        chosen = SPOILT_IN_JSON.get(sheet.table, [])[:count] if sheet.format == "jsonl" else []
        for _ in kinds:
            if len(chosen) < count:
                kind = kinds[self.turn[sheet.table] % len(kinds)]
                self.turn[sheet.table] += 1
                chosen = [*chosen, kind] if self.fits(kind, sheet) else chosen
        return [(self.rng.choice(self.fit_for(kind, sheet.rows)), kind) for kind in chosen]

    def fit_for(self, kind: Row, rows: list[Row]) -> list[Row]:
        """Pick the rows that the kind makes a spoilt row of: without `paid_at`, only a sale is one."""
        is_of_sales = "paid_at" in kind or "refunded_amount" in kind
        return [row for row in rows if row["status"] == "TRADE_FINISHED"] if is_of_sales else rows

    def rows(self, sheet: _Sheet) -> Iterator[Row]:
        """Yield a sheet's rows, each followed by its spoilt copies."""
        copies = defaultdict(list)
        for row, kind in self.deal(sheet):
            copies[id(row)].append(row | kind)
        for row in sheet.rows:
            yield row
            yield from copies[id(row)]


def _csv_line(texts: list[str | None], style: _Style) -> str:
    fields = [style.null if text is None else text for text in texts]
    return ",".join(f'"{field}"' if "," in field else field for field in fields)  # ="123" stays as it is


def _json_line(sheet: _Sheet, row: Row, texts: list[str | None]) -> str:
    record: Row = {}
    for header, column, text in zip(sheet.headers, sheet.columns, texts, strict=True):
        value = row[column]
        if value is None and column in ("closed_on", "refunded_amount", "registered_address", "population"):
            continue  # a missing key is null
        is_number = isinstance(value, int | Decimal | datetime) and column != "transaction_id"
        if is_number and isinstance(text, str) and re.fullmatch(r"[0-9.]+", text):
            value = json.loads(text)
        elif isinstance(value, int | str | Decimal | date) and not isinstance(value, bool):
            value = text
        record[header] = value
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _damaged(line: str, damage: str) -> bytes | str:
    if damage == "cut":
        return line[: len(line) * 2 // 3].rstrip("}").rpartition(",")[0]
    if damage == "more":
        return line + ",,?"
    if damage == "quote":
        return '"' + line
    return line[:12].encode() + b"\xff\xfe" + line[12:].encode("ascii", "ignore")


def _text_file(sheet: _Sheet, rows: Iterable[Row]) -> bytes:
    lines: list[bytes | str] = [",".join(sheet.headers)] if sheet.format == "csv" else []
    for row in rows:
        texts = [_write_value(column, row[column], sheet.style) for column in sheet.columns]
        line = _csv_line(texts, sheet.style) if sheet.format == "csv" else _json_line(sheet, row, texts)
        lines.append(_damaged(line, row[LINE]) if LINE in row else line)
    encoding = sheet.style.encoding.removesuffix("-sig")
    start = b"\xef\xbb\xbf" if sheet.style.encoding.endswith("-sig") else b""
    end = sheet.style.newline.encode()
    encoded = [line if isinstance(line, bytes) else line.encode(encoding) for line in lines]
    return start + b"".join(line + end for line in encoded)


TYPES = {
    "transaction_id": pa.int64(),
    "shop_id": pa.int64(),
    "amount": pa.decimal128(18, 2),
    "refunded_amount": pa.decimal128(18, 2),
    "opened_on": pa.date32(),
    "closed_on": pa.date32(),
    "year": pa.int32(),
    "households": pa.int32(),
    "population": pa.int64(),
}


def _parquet_file(sheet: _Sheet, rows: Iterable[Row]) -> bytes:
    rows = list(rows)
    arrays = {}
    for header, column in zip(sheet.headers, sheet.columns, strict=True):
        values = [row[column] for row in rows]
        if sheet.style.time == "text":
            array = pa.array([_write_value(column, value, sheet.style) for value in values], pa.string())
        elif column.endswith("_at") and sheet.style.time == "utc":
            instants = [value and value - timedelta(hours=8) for value in values]
            array = pa.array(instants, pa.timestamp("us", "UTC"))
        elif column.endswith("_at"):
            array = pa.array(values, pa.timestamp("us"))
        elif column in ("status", "platform", "shop_type"):
            array = pa.array(values, pa.string()).dictionary_encode()
        else:
            array = pa.array(values, TYPES.get(column, pa.string()))
        arrays[header] = array
    out = io.BytesIO()
    pq.write_table(pa.table(arrays), out, compression="zstd", compression_level=12)
    return out.getvalue()


def _xlsx_file(sheet: _Sheet, rows: Iterable[Row]) -> bytes:
    """Make a workbook; the times that its writer leaves in it are set to one day."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Sheet1")
    page.append(sheet.headers)
    for row in rows:
        cells = []
        for column in sheet.columns:
            value = row[column]
            if isinstance(value, str) or (value and column in ("transaction_id", "village_code")):
                value = _write_value(column, value, sheet.style)  # a spreadsheet would round long numbers
            cells.append(float(value) if isinstance(value, Decimal) else value)
        page.append(cells)
    raw, out = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2020-09-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, (2020, 9, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return out.getvalue()


def _compress(content: bytes, path: str) -> bytes:
    if path.endswith(".gz"):
        out = io.BytesIO()
        with gzip.GzipFile("", "wb", 9, out, mtime=0) as file:
            file.write(content)
        return out.getvalue()
    return zstandard.ZstdCompressor(level=13).compress(content) if path.endswith(".zst") else content


def _render(sheet: _Sheet, spoiler: _Spoiler) -> bytes:
    rows = spoiler.rows(sheet)
    if sheet.format == "parquet":
        return _parquet_file(sheet, rows)
    if sheet.format == "xlsx":
        return _xlsx_file(sheet, rows)
    return _compress(_text_file(sheet, rows), sheet.path)


# ---------------------------------------------------------------- all of it
def _side_places(named: list[_Place]) -> list[_Place]:
    """Shops that are hard to place, and shops that nobody knows; their sales are a share of the cast's."""
    total = {year: sum(place.plan[year].sales for place in named if year in place.plan) for year in YEARS}

    def share(part: float, each: float, since: int = YEARS[0]) -> dict[int, _Plan]:
        sales = {year: total[year] * part for year in YEARS if year >= since}
        return {year: _Plan(max(1, round(sold / each)), 0, 0, sold) for year, sold in sales.items()}

    by_name = {place.name: place for place in named}
    places = [
        _Place(
            by_name[name].code,
            name + "*",
            share(0.032 / len(WORDS), 20, since),
            season=by_name[name].season,
            words=texts,
            natural=True,
        )
        for name, (since, texts) in WORDS.items()
    ]
    places += [_Place(code, "", share(0.03 / len(COARSE), 20), natural=True) for code in COARSE]
    few = {2018: _Plan(2, 0, 0, 45), 2019: _Plan(3, 0, 0, 70), 2020: _Plan(4, 1, 0, 95)}
    for old, new in NEWER.items():
        places.append(_Place(old, "", few, {2016: 240}, recoded={2021: new}, natural=True))
    places.append(_Place("999999", "unknown", share(0.014, 22), natural=True, known=False))
    return places


def make(reference: Path) -> dict[str, bytes]:
    """All files of the example: path -> content."""
    named = _cast()
    counties = {place.code_in(year)[:6] for place in named for year in YEARS}
    divisions = _Divisions(reference, counties | set(COUNTIES))
    places = named + _ordinary_places(divisions, {place.code for place in named}) + _side_places(named)
    world = _World(places)
    market = _Market(world)
    orders: list[_Order] = []
    sellers: dict[str, dict[str, datetime]] = {}
    for year in YEARS:
        world.recode(year)
        world.move(year)
        if year == YEARS[-1]:
            sellers = _exporting_sellers(world)
        for place in places:
            orders += market.orders(place, year)
    strangers = [shop.shop_id for shop in world.shops if shop.place.natural]
    sheets = [
        *_order_files(orders, strangers),
        *_shop_files(world),
        *_village_files(divisions, places),
        *_county_files(divisions),
        *_list_files(),
    ]
    spoiler = _Spoiler()
    files = {sheet.path: _render(sheet, spoiler) for sheet in sorted(sheets)}
    for seller, exports in sellers.items():
        own = [order for order in orders if order.feed == seller]
        files |= dict(_export_file(name, taken, own) for name, taken in exports.items())
    files["transactions/resent/xianyu-2018 (1).csv"] = files["transactions/2018/xianyu/xianyu-2018.csv"]
    files["README.txt"] = README.encode()
    return files


README = """The example delivery, made by data/make_example.py: see data/README.md.
Shops and orders are invented; only the places are real. This file is no data, and is reported as ignored.
"""


def _exporting_sellers(world: _World) -> dict[str, dict[str, datetime]]:
    """Two sellers of 丁陈村 whose last year comes from their exports: feed -> file -> when taken."""
    pool = world.pools["320324109209丁陈村", True]
    steady = [shop for shop in pool if shop.opened_on < date(2019, 1, 1)]
    steady.sort(key=lambda shop: (-shop.size, shop.shop_id))
    steady[0].feed, steady[1].feed = "export-1", "export-2"
    return {
        "export-1": {
            "ExportOrderList202001061012.csv": _at(2020, 1, 6, 10, 12),
            "ExportOrderList202007081530.csv": _at(2020, 7, 8, 15, 30),
        },
        "export-2": {"ExportOrderList202007151107.csv": _at(2020, 7, 15, 11, 7)},
    }


def _clean(folder: Path) -> None:
    for name in (*SPOILT, "README.txt"):
        path = folder / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def main(arguments: Iterable[str] | None = None) -> None:
    """Write the example into a folder, in place of an earlier one."""
    parser = argparse.ArgumentParser(description="Makes the example delivery.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "raw", help="the folder to fill")
    parser.add_argument("--divisions", type=Path, default=REFERENCE, help="the divisions to take places from")
    options = parser.parse_args(None if arguments is None else list(arguments))
    files = make(options.divisions)
    _clean(options.out)
    for path, content in sorted(files.items()):
        target = options.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    sys.stdout.write(f"{len(files)} files, {sum(map(len, files.values())):,} bytes in {options.out}\n")


if __name__ == "__main__":
    main()
