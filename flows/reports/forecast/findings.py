"""What the forecasts say, in words, Chinese and English: `census forecast`, and whoever shows them elsewhere.

    findings(forecast, backtest, series) -> Findings

is a pure function of the rows of the three tables; `read_findings(snapshot)` reads these of a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.settings import Settings

Row = Mapping[str, Any]
"""A row of a published table, by column."""

MODELS = {
    "naive": ("naive", "朴素（持平）"),
    "exponential": ("exponential", "指数"),
    "logistic": ("logistic", "逻辑斯谛"),
    "gompertz": ("Gompertz", "冈珀茨"),
    "bass": ("Bass", "巴斯"),
    "damped_trend": ("damped trend", "阻尼趋势"),
    "ensemble": ("ensemble", "加权集成"),
}
"""The models by name, in the order in which they are told: English, Chinese."""
THINGS = {
    "taobao_villages": ("Taobao villages", "个淘宝村"),
    "taobao_towns": ("Taobao towns", "个淘宝镇"),
    "jobs": ("jobs", "个就业岗位"),
}
"""What series count: English, Chinese with its measure word."""
BENCHMARKS = ("naive", "exponential")
"""The models that an ensemble has to beat."""
_SPOKEN_OF = 2029
"""The year that the article speaks of."""


@dataclass(frozen=True, slots=True)
class Score:
    """How a model of a series did on held-back years, those that every model of the series forecast.

    `mase`: mean absolute scaled error, null where none is known; `within` of `intervals` held the value; `weight`: today's weight
    in the ensemble.
    """

    rulebook: str
    series: str
    model: str
    forecasts: int
    mase: float | None
    within: int
    intervals: int
    weight: float | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that others forecast, beside what the models make of its year.

    `values` by model; `reached_by` are those that reach the figure, the ensemble included; `needs` is the growth a year, as a
    share, that leads from the last figure to it, `grew` that of the last year (null where the year before is unknown).
    """

    rulebook: str
    series: str
    year: int
    value: float
    made_in: int
    last_year: int
    last_value: float
    values: Mapping[str, float]
    lower: float | None
    upper: float | None
    reached_by: tuple[str, ...]
    needs: float | None
    grew: float | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A finding in words. `about`: expected, claim, backtest, coverage, break or short."""

    about: str
    rulebook: str
    series: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the forecasts say: scores and claims as figures, sentences in words; those about published villages come first."""

    scores: tuple[Score, ...]
    claims: tuple[Claim, ...]
    sentences: tuple[Sentence, ...]


def findings(forecast: Sequence[Row], backtest: Sequence[Row], series: Sequence[Row]) -> Findings:
    """What the rows of the tables forecast, backtest and forecast_series say, in whatever order they come."""
    keys = sorted({(row["rulebook"], row["series"]) for row in series}, key=_first_the_published_villages)
    scores: list[Score] = []
    claims: list[Claim] = []
    sentences: list[Sentence] = []
    for key in keys:
        told, held, known = (
            [row for row in rows if (row["rulebook"], row["series"]) == key] for rows in (forecast, backtest, series)
        )
        known.sort(key=lambda row: row["year"])
        of_models = _scores(told, held)
        of_others = [_claim(row, told, known) for row in sorted(told, key=lambda row: row["model"]) if row["model"] not in MODELS]
        scores += of_models
        claims += of_others
        sentences += _sentences(key, told, known, of_models, of_others)
    return Findings(tuple(scores), tuple(claims), tuple(sentences))


def _first_the_published_villages(key: tuple[str, str]) -> tuple[bool, int, str]:
    rulebook, name = key
    return not name.startswith("published_"), [*THINGS, _thing(name)].index(_thing(name)), rulebook


def _thing(series: str) -> str:
    return series.removeprefix("published_")


def _scores(told: Iterable[Row], held: Iterable[Row]) -> list[Score]:
    """The scores of the models of one series."""
    by_model: dict[str, dict[tuple[int, int], Row]] = {}
    for row in held:
        if row["model"] in MODELS:
            by_model.setdefault(row["model"], {})[row["origin_year"], row["year"]] = row
    weights = {row["model"]: row["weight"] for row in told}
    shared = sorted(set.intersection(*map(set, by_model.values()))) if by_model else []
    scores = []
    for model in (model for model in MODELS if model in by_model):
        rows = [by_model[model][pair] for pair in shared]
        errors = [row["scaled_error"] for row in rows if row["scaled_error"] is not None]
        intervals = [row["is_within"] for row in rows if row["is_within"] is not None]
        mase = fsum(errors) / len(errors) if errors else None
        first = next(iter(by_model[model].values()))
        scores.append(
            Score(first["rulebook"], first["series"], model, len(rows), mase, sum(intervals), len(intervals), weights.get(model))
        )
    return scores


def _claim(row: Row, told: Iterable[Row], known: Sequence[Row]) -> Claim:
    """A published forecast beside the models'."""
    values = {one["model"]: one["value"] for one in told if one["year"] == row["year"] and one["model"] in MODELS}
    ensemble = next((one for one in told if one["year"] == row["year"] and one["model"] == "ensemble"), None)
    last = known[-1]
    before = next((one for one in known if one["year"] == last["year"] - 1 and one["value"] > 0), None)
    return Claim(
        row["rulebook"],
        row["series"],
        row["year"],
        row["value"],
        row["origin_year"],
        last["year"],
        last["value"],
        {model: values[model] for model in MODELS if model in values},
        ensemble["lower"] if ensemble else None,
        ensemble["upper"] if ensemble else None,
        tuple(model for model in MODELS if values.get(model, 0.0) >= row["value"]),
        (row["value"] / last["value"]) ** (1 / (row["year"] - last["year"])) - 1 if last["value"] > 0 else None,
        last["value"] / before["value"] - 1 if before else None,
    )


# ------------------------------------------------------------------------------------------------------------
# In words


def _sentences(
    key: tuple[str, str], told: Sequence[Row], known: Sequence[Row], scores: Sequence[Score], claims: Sequence[Claim]
) -> Iterable[Sentence]:
    expected = next((row for row in told if row["model"] == "ensemble" and row["year"] == _SPOKEN_OF), None)
    if expected:
        yield Sentence("expected", *key, *_expected(key, expected, known[-1]))
    for claim in claims:
        yield Sentence("claim", *key, *_of_a_claim(claim))
    if scores:
        yield Sentence("backtest", *key, *_of_backtests(scores))
        yield Sentence("coverage", *key, *_of_coverage(scores))
    fitted = [row for row in known if row["is_fitted"]]
    carried = [model for model in MODELS if model != "ensemble" and any(row["model"] == model for row in told)]
    if 0 < len(carried) < len(MODELS) - 1:
        yield Sentence("short", *key, *_of_a_short_series(fitted, carried))
    for row in known:
        if row["break_effect"]:
            yield Sentence("break", *key, *_of_a_break(row))


def _expected(key: tuple[str, str], row: Row, last: Row) -> tuple[str, str]:
    (things, measure), published = THINGS[_thing(key[1])], key[1].startswith("published_")
    whose, whose_zh = (
        ("The published figure", "公布数") if published else (f"The census's figure under {key[0]}", f"本普查（{key[0]}）")
    )
    interval = f" (80 % interval {_n(row['lower'])} to {_n(row['upper'])})" if row["lower"] is not None else ""
    zone = f"（80%区间{_n(row['lower'])}至{_n(row['upper'])}）" if row["lower"] is not None else ""
    return (
        (
            f"{whose} of {last['year']} is {_n(last['value'])} {things}. For {row['year']} the ensemble tells "
            f"{_n(row['value'])}{interval}."
        ),
        f"{whose_zh}{last['year']}年为{_n(last['value'])}{measure}；集成模型预测{row['year']}年为{_n(row['value'])}{measure}{zone}。",
    )


def _of_a_claim(claim: Claim) -> tuple[str, str]:
    things, measure = THINGS[_thing(claim.series)]
    en = [f"In {claim.made_in}, {_n(claim.value)} {things} were forecast for {claim.year}."]
    zh = [f"{claim.made_in}年的说法是：{claim.year}年达到{_n(claim.value)}{measure}。"]
    if claim.values.keys() - {"naive", "ensemble"}:
        for of_models in (_of_models(claim), _of_the_ensemble(claim)):
            en.append(of_models[0])
            zh.append(of_models[1])
    else:
        en.append("Too few years can be compared for a model of growth, so none speaks for it or against it.")
        zh.append("可比年份太少，无法拟合增长模型，故不能据此支持或否定。")
    if claim.needs is not None:
        en.append(f"From {_n(claim.last_value)} in {claim.last_year} it takes growth of {100 * claim.needs:.1f} % a year")
        zh.append(f"从{claim.last_year}年的{_n(claim.last_value)}起，需要每年增长{claim.needs:.1%}")
        en[-1] += f"; in {claim.last_year} it was {100 * claim.grew:.1f} %." if claim.grew is not None else "."
        zh[-1] += f"；{claim.last_year}年的增长为{claim.grew:.1%}。" if claim.grew is not None else "。"
    return " ".join(en), "".join(zh)


def _of_models(claim: Claim) -> tuple[str, str]:
    """Which models reach a figure."""
    there = [model for model in claim.reached_by if model != "ensemble"]
    others = [model for model in claim.values if model not in (*there, "ensemble")]
    if not there:
        return "No model reaches it.", "没有模型达到此数。"
    if not others:
        return "Every model reaches it.", "所有模型都达到此数。"
    return (
        f"It is reached by {_and(MODELS[m][0] for m in there)}, not by {_and(MODELS[m][0] for m in others)}.",
        f"达到此数的模型：{_zh(there)}；达不到的：{_zh(others)}。",
    )


def _of_the_ensemble(claim: Claim) -> tuple[str, str]:
    """Where a figure lies beside what the ensemble tells."""
    value, low, high = claim.values["ensemble"], claim.lower, claim.upper
    less, less_zh = ("less", "低于此数") if value < claim.value else ("no less", "不低于此数")
    en, zh = f"The ensemble tells {_n(value)}, {less} than that", f"集成模型为{_n(value)}，{less_zh}"
    if low is None or high is None:
        return f"{en}.", f"{zh}。"
    zone = f"其80%区间（{_n(low)}至{_n(high)}）"
    where, position = (
        ("above", f"高于{zone}")
        if claim.value > high
        else ("below", f"低于{zone}")
        if claim.value < low
        else ("within", f"落在{zone}内")
    )
    return f"{en}; the figure lies {where} its 80 % interval, {_n(low)} to {_n(high)}.", f"{zh}；此数{position}。"


def _of_backtests(scores: Sequence[Score]) -> tuple[str, str]:
    mase = {score.model: score.mase for score in scores if score.mase is not None}
    if "ensemble" not in mase:
        return "The held-back years tell nothing: the series did not move.", "留出年份无法评判：该序列没有变动。"
    beaten = [model for model in BENCHMARKS if model in mase and mase["ensemble"] < mase[model]]
    not_beaten = [model for model in BENCHMARKS if model in mase and model not in beaten]
    over = (
        f"Over {scores[0].forecasts} forecasts of held-back years the ensemble's mean absolute scaled error (MASE) is "
        f"{mase['ensemble']:.2f}: "
    )
    over_zh = f"在{scores[0].forecasts}次留出年份预测中，集成模型的平均绝对标度误差（MASE）为{mase['ensemble']:.2f}："
    en, zh = [], []
    for models, verb, verb_zh in ((beaten, "it beats", "优于"), (not_beaten, "it does not beat", "不优于")):
        if models:
            en.append(f"{verb} {_and(f'{MODELS[m][0]} ({mase[m]:.2f})' for m in models)}")
            zh.append(f"{verb_zh}{'、'.join(f'{MODELS[m][1]}（{mase[m]:.2f}）' for m in models)}")
    en, zh = [f"{over}{'; '.join(en)}."], [f"{over_zh}{'；'.join(zh)}。"]
    better = [model for model in mase if model not in (*BENCHMARKS, "ensemble") and mase[model] < mase["ensemble"]]
    if better:
        en.append(f"Alone, {_and(f'{MODELS[m][0]} ({mase[m]:.2f})' for m in better)} did better.")
        zh.append(f"单独来看，{'、'.join(f'{MODELS[m][1]}（{mase[m]:.2f}）' for m in better)}更好。")
    return " ".join(en), "".join(zh)


def _of_coverage(scores: Sequence[Score]) -> tuple[str, str]:
    ensemble = next(score for score in scores if score.model == "ensemble")
    return (
        f"The ensemble's 80 % intervals held {ensemble.within} of {ensemble.intervals} held-back years.",
        f"集成模型的80%区间包含了{ensemble.intervals}个留出值中的{ensemble.within}个。",
    )


def _of_a_short_series(fitted: Sequence[Row], carried: Sequence[str]) -> tuple[str, str]:
    years = f"{len(fitted)} year{'' if len(fitted) == 1 else 's'}"
    return (
        f"{years} from {fitted[0]['year']} on can be compared; they carry {_and(MODELS[m][0] for m in carried)} alone.",
        f"{fitted[0]['year']}年起有{len(fitted)}年可比，只能用于：{_zh(carried)}。",
    )


def _of_a_break(row: Row) -> tuple[str, str]:
    en = {
        "cut": "years before are not fitted together with those after",
        "level": "years before may lie a level higher or lower, which is fitted",
        "mark": "it is marked, not fitted",
    }
    zh = {"cut": "之前的年份不与之后的年份一起拟合", "level": "之前的年份可有水平差异，一并估计", "mark": "仅作标注"}
    effect = row["break_effect"]
    return (
        f"Break in {row['year']}: {row['break_what']}; {en[effect]}.",
        f"{row['year']}年序列中断：{row['break_what_zh']}；{zh[effect]}。",
    )


def _n(number: float) -> str:
    return f"{number:,.0f}"


def _and(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _zh(models: Iterable[str]) -> str:
    return "、".join(MODELS[model][1] for model in models)


# ------------------------------------------------------------------------------------------------------------
# The command


def read_findings(snapshot: Path) -> Findings:
    """The findings of a snapshot. Raises QueryError for one that has no forecasts."""
    return findings(*_rows(snapshot))


def _rows(snapshot: Path) -> list[list[dict[str, Any]]]:
    """The rows of forecast, backtest and forecast_series."""
    import duckdb

    from flows.engine import identifier
    from flows.reports.tables import QueryError, as_dicts, columns_and_rows, open_snapshot

    with open_snapshot(snapshot) as con:
        try:
            tables = ("forecast", "backtest", "forecast_series")
            return [as_dicts(*columns_and_rows(con.execute(f"from {identifier(table)}"))) for table in tables]
        except duckdb.CatalogException as error:
            raise QueryError("the current snapshot has no forecasts yet. Next: census run --rebuild") from error
        except duckdb.Error as error:
            raise QueryError(f"the forecasts cannot be read: {error}") from error


def tell(settings: Settings, rulebook: str | None, form: str | None) -> None:
    """Prints the findings: of the published figures and of the rulebook that reports lead with, or of another; or all as JSON."""
    import click

    from flows.reports.tables import QueryError, current_snapshot
    from flows.reports.words import console, say, table

    rows = _rows(current_snapshot(settings))
    found = findings(*rows)
    if form == "json":
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    lead = rulebook or settings.lead_rulebook
    there = {row["rulebook"] for row in rows[2]}
    if rulebook and rulebook not in there:
        raise QueryError(f"no series of the rulebook {rulebook} has a final year; there are {', '.join(sorted(there)) or 'none'}")
    shown = list(dict.fromkeys((s.rulebook, s.series) for s in found.sentences))
    shown = [key for key in shown if key[1].startswith("published_") or key[0] == lead]
    to = console()
    for key in shown:
        whose = "as published" if key[1].startswith("published_") else f"counted under {key[0]}"
        say(to, f"{THINGS[_thing(key[1])][0]}, {whose}".upper())
        say(to, *(one.en for one in found.sentences if (one.rulebook, one.series) == key), indent=2)
        told = [row for row in rows[0] if (row["rulebook"], row["series"], row["year"]) == (*key, _SPOKEN_OF)]
        scores = {one.model: one for one in found.scores if (one.rulebook, one.series) == key}
        lines = [_line(row, scores.get(row["model"])) for model in MODELS for row in told if row["model"] == model]
        names = ("model", str(_SPOKEN_OF), "80 % interval", "weight", "MASE", "within")
        if lines:
            table(to, "", names, lines, right=names[1:])
        say(to, "")
    if not shown:
        say(to, "No series has a final year yet: there is nothing to forecast.")
    say(to, "Next: census show forecast --where \"model = 'ensemble'\"", "      census show backtest --csv > backtest.csv")


def _line(row: Row, score: Score | None) -> tuple[str, ...]:
    """A model's forecast and its score, as cells."""
    return (
        MODELS[row["model"]][0],
        _n(row["value"]),
        "" if row["lower"] is None else f"{_n(row['lower'])} to {_n(row['upper'])}",
        "" if row["weight"] is None else f"{row['weight']:.2f}",
        f"{score.mase:.2f}" if score and score.mase is not None else "",
        f"{score.within} of {score.intervals}" if score else "",
    )
