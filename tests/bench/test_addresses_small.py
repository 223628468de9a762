"""The benchmark of addresses on a few villages: the noise is the same every time, and our side keeps its bars."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

NUMBER = 300


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


addresses = _load("addresses")
address_peers = _load("address_peers")


def _codes(texts: list[str], year: int) -> list[str | None]:
    return [answer.get("code") for answer in address_peers.ours(texts, year, address_peers.Meter())]


@pytest.mark.parametrize("edition", [2016, 2023])
def test_villages_in_full_resolve_to_themselves(edition: int) -> None:
    cases = addresses.round_trip(edition, NUMBER, seed=1)
    codes = dict(zip((case.address for case in cases), _codes([case.address for case in cases], edition), strict=True))
    assert addresses.unresolved(edition, cases, codes) == ([], [])


def test_villages_with_noise_resolve_within_the_bars() -> None:
    cases = addresses.noisy(2020, NUMBER, seed=1)
    codes = _codes([case.address for case in cases], 2020)
    outcomes = Counter(addresses.outcome(case.code, code) for case, code in zip(cases, codes, strict=True))
    assert outcomes["right"] >= addresses.LEAST_RIGHT * len(cases), outcomes
    assert outcomes["wrong"] <= addresses.MOST_WRONG * len(cases), outcomes


def test_noise_is_the_same_for_the_same_seed() -> None:
    cases = addresses.noisy(2020, NUMBER, seed=1)
    assert addresses.noisy(2020, NUMBER, seed=1) == cases
    assert addresses.noisy(2020, NUMBER // 3, seed=1) == cases[: NUMBER // 3]
    assert addresses.noisy(2020, NUMBER, seed=2) != cases
    assert {kind for case in cases for kind in case.kinds} == set(addresses.KINDS)


def test_names_of_peoples_are_not_cut() -> None:
    names = ("云南省", "怒江傈僳族自治州", "贡山独龙族怒族自治县", "下斜沟回族乡", "白塔村委会")
    village = addresses.Village("533324200200", *names)
    written = {
        case.address for case in map(addresses.noise_of(2020).write, [village] * 500, map(addresses.random.Random, range(500)))
    }
    plain = [text for text in written if not set(text) & set("雲縣鄉")]
    assert len(plain) > 100
    assert all("贡山独龙族怒族自治县" in text and "下斜沟回族乡" in text for text in plain)


def test_what_a_code_is_to_the_truth() -> None:
    codes = ("330110010277", "330110010", "330110", None, "330110010278", "330106")
    assert [addresses.outcome("330110010277", code) for code in codes] == [
        "right", "township", "county", "nothing", "wrong", "wrong",
    ]  # fmt: skip


def test_what_a_peer_names_is_judged_at_its_levels() -> None:
    truth = "330110010277"
    judge = addresses.PeerJudge(2020, [addresses.Case(truth, "")])
    named = {"province": "浙江省", "prefecture": "杭州市", "county": "余杭区", "township": "良渚街道", "village": "新港村"}
    assert judge.at_levels(truth, named) == {"county": True, "township": True, "village": True}
    assert judge.at_levels(truth, {"county": "余杭区"}) == {"county": None, "township": None, "village": None}
    assert judge.at_levels(truth, named | {"township": "瓶窑镇"}) == {"county": True, "township": False, "village": False}
    assert judge.at_levels(truth, {"province": "浙江省", "county": "西湖区", "county_code": "330106"})["county"] is False
    assert judge.at_levels(truth, {"province": "浙江省", "county": "-", "county_code": "330110"})["county"] is True
