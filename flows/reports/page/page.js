"use strict";
// The report's page. Everything from the data reaches the page as text (textContent), never as markup.
(async () => {
  const $ = (id) => document.getElementById(id);
  const blocks = {};
  const block = async (id) => {
    blocks[id] ??= (async () => {
      const text = $(id).textContent.trim();
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      return id === "names" ? new Uint8Array(await new Response(stream).arrayBuffer()) : new Response(stream).text();
    })();
    return blocks[id];
  };
  const told = JSON.parse(await block("told"));
  const state = {
    lang: (navigator.language || "zh").toLowerCase().startsWith("zh") ? 0 : 1,
    rulebook: told.lead,
    year: told.years.filter((year) => !told.provisional.includes(year)).at(-1) ?? told.years.at(-1) ?? null,
    place: null,
  };
  const word = (key, values = {}) =>
    (told.words[key]?.[state.lang] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const known = (key) => Object.hasOwn(told.words, key);
  const language = () => (state.lang ? "en" : "zh");

  // ---------------------------------------------------------------- text and numbers
  const shorten = (text) => (text.length > 200 ? text.slice(0, 200) + "…" : text);
  const group = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");
  const number = (value, digits = null) => {
    if (value === null || value === undefined) return "–";
    let text = typeof value === "bigint" ? value.toString() : String(value);
    if (typeof value === "number" && digits !== null) text = value.toFixed(digits);
    const sign = text.startsWith("-") ? "−" : "";
    const [whole, part] = text.replace("-", "").split(".");
    return /^\d+$/.test(whole) ? sign + group(whole) + (part && /[1-9]/.test(part) ? "." + part : "") : text;
  };
  const percent = (value, digits = 2) => (value === null ? "–" : (value * 100).toFixed(digits) + "%");
  const yuan = (fen) => {
    if (fen === null || fen === undefined) return "–";
    const text = String(Math.abs(fen)).padStart(3, "0");
    return (fen < 0 ? "−" : "") + group(text.slice(0, -2)) + "." + text.slice(-2);
  };

  // ---------------------------------------------------------------- the page's parts
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick" || name === "ontoggle" || name === "oninput") element[name] = value;
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  };
  const name = (text) => make("bdi", {}, shorten(String(text ?? "")));
  const csvCell = (value) => {
    if (value === null || value === undefined) return "";
    let text = String(value);
    const isNumber = typeof value === "number" || /^-?\d+(\.\d+)?$/.test(text);
    if (!isNumber && /^\s*[=+\-@\t\r＝＋－＠]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const download = (file, columns, rows) => {
    const text = "\ufeff" + [columns, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" })), download: file });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const saying = (figure, title) =>
    make("button", { type: "button", "aria-label": word("csv") + ": " + title, onclick: () => download(figure.name + ".csv", figure.columns, figure.rows) }, word("csv"));
  const behind = (figure) =>
    make("details", { class: "behind" }, make("summary", {}, word("behind")),
      figure.paths.length ? make("p", {}, ...figure.paths.slice(0, 40).flatMap((path) => [make("a", { href: path.split("/").map(encodeURIComponent).join("/") }, path), " "])) : null,
      make("pre", { tabindex: 0 }, figure.command ?? 'census sql "' + figure.query.replaceAll('"', '\\"') + '"'));
  const tools = (figure, title) => make("div", { class: "tools" }, saying(figure, title), behind(figure));
  // columns: [key, heading, how] where how is n(umber), money, percent, text, or a function of the row
  const grid = (caption, columns, rows, most = 400) => {
    const head = make("tr", {}, columns.map(([, heading, how]) => make("th", { scope: "col", class: how === "n" || how === "p" ? "n" : null }, heading)));
    const body = rows.slice(0, most).map((row) => make("tr", {}, columns.map(([key, , how], at) => {
      const value = typeof key === "function" ? key(row) : row[key];
      const isNumber = how === "n" || how === "p";
      const shown = how === "p" ? percent(value) : how === "n" ? (typeof value === "string" && !/^-?\d/.test(value) ? value : number(value)) : value instanceof Node ? value : name(value);
      return make(at === 0 && !isNumber ? "th" : "td", { scope: at === 0 && !isNumber ? "row" : null, class: isNumber ? "n" : how === "long" ? "long" : null }, shown);
    })));
    const table = make("table", {}, make("caption", {}, caption, rows.length > most ? ` (${number(most)} / ${number(rows.length)})` : ""), make("thead", {}, head), make("tbody", {}, body));
    return make("div", { class: "scroll" + (rows.length > 24 ? " tall" : ""), tabindex: 0, role: "region", "aria-label": caption }, table);
  };
  const dicts = (figure) => figure.rows.map((row) => Object.fromEntries(figure.columns.map((column, at) => [column, row[at]])));
  const chosen = (rows, ofYear = true) => rows.filter((row) => row.rulebook === state.rulebook && (!ofYear || row.year === state.year));
  const section = (id, ...children) => {
    $(id).replaceChildren(make("h2", {}, word(id)), ...children.flat().filter(Boolean));
  };

  // ---------------------------------------------------------------- charts
  let vega = null;
  const vegaReady = () => (vega ??= block("vega").then((text) => {
    document.head.append(make("script", {}, text));
    return window.vegaEmbed;
  }));
  const waiting = new Map();
  const watcher = new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting && draw(entry.target)), { rootMargin: "400px" });
  let drawing = Promise.resolve();
  const draw = (element) => {
    const chart = waiting.get(element);
    if (!chart) return drawing;
    waiting.delete(element);
    watcher.unobserve(element);
    drawing = drawing.then(async () => {
      const embed = await vegaReady();
      if (!element.isConnected) return;
      const spec = structuredClone(chart.specs[language()]);
      const rows = dicts(chart).filter((row) => row.rulebook === (chart.follows ?? state.rulebook) && (!chart.of_year || row.year === state.year));
      for (const row of rows) for (const key of ["sales", "jobs"]) if (typeof row[key] === "string") row[key] = Number(row[key]);
      spec.datasets = { table: rows };
      if (spec.height.step) spec.height = spec.height.step * Math.max(1, rows.length);
      if (chart.boundaries) {
        const topology = JSON.parse(await block("boundaries"));
        for (const objects of ["counties", "provinces", "lines"]) spec.datasets["boundaries_" + objects] = topology;
        if (element.clientWidth < 600) spec.height = 340;
      }
      spec.description = chart.title[language()] + ". " + chart.description[language()];
      await embed(element, spec, { renderer: "svg", actions: false, ast: true, tooltip: { theme: "light" } });
      // screen readers are told what it shows; the figures are in the data table below it
      element.setAttribute("role", "img");
      element.setAttribute("aria-label", spec.description);
      element.querySelector("svg").setAttribute("aria-hidden", "true");
      element.dataset.drawn = "yes";
    }).catch((error) => { element.dataset.failed = "yes"; console.error(chart.name, error); });
    return drawing;
  };
  const drawAll = async () => { for (const element of [...waiting.keys()]) await draw(element); };
  const figure = (chart) => {
    const lang = language();
    const of = { ...chart, rows: chart.rows };
    const element = make("div", { class: "drawing", id: "chart-" + chart.name, role: "group", "aria-label": chart.title[lang] });
    const rows = dicts(chart).filter((row) => row.rulebook === (chart.follows ?? state.rulebook) && (!chart.of_year || row.year === state.year));
    if (!rows.length) element.append(make("p", { class: "note" }, word("none")));
    else { waiting.set(element, chart); watcher.observe(element); }
    const table = make("details", { ontoggle: (event) => {
      if (event.target.open && event.target.childElementCount === 1) {
        const shown = chart.columns.filter((column) => !["rulebook", "boundary"].includes(column));
        const isNumber = (column) => column !== "year" && rows.some((row) => typeof row[column] === "number" || /^-?\d+\.\d+$/.test(row[column] ?? ""));
        event.target.append(grid(chart.title[lang], shown.map((column) => [column, known(column) ? word(column) : column, isNumber(column) ? "n" : "text"]), rows));
      }
    } }, make("summary", {}, word("data")));
    const undrawn = chart.boundaries ? rows.filter((row) => row.boundary === null && row.villages > 0) : [];
    return make("figure", { class: chart.boundaries || chart.name.startsWith("forecast") ? "broad" : null },
      make("figcaption", {}, make("h3", {}, chart.title[lang] + (chart.of_year ? " · " + state.year : "")), make("p", { class: "note" }, chart.description[lang])),
      element,
      undrawn.length ? make("p", { class: "note" }, word("not_drawn"), " ", undrawn.flatMap((row) => [name(row.county ?? row.province), " " + row.villages + "  "])) : null,
      table, tools(of, chart.title[lang]));
  };
  const charts = (...names) => make("div", { class: "charts" }, told.charts.filter((chart) => names.includes(chart.name)).map(figure));

  // ---------------------------------------------------------------- sections
  const headlineRows = () => chosen(dicts(told.figures.headline));
  const unit = (row) => (known("u." + row.unit) ? word("u." + row.unit) : row.unit ?? "");
  const figureOf = (row, value) => (value === null ? "–" : row.unit === "share" ? percent(value) : number(value));
  const tag = (text) => make("span", { class: "tag" }, text);
  const isProvisional = () => told.provisional.includes(state.year);
  const book = () => told.rulebooks.find((one) => one.name === state.rulebook);
  const showHeadline = () => {
    const rows = headlineRows();
    const by = Object.fromEntries(rows.map((row) => [row.metric, row]));
    const value = (metric) => number(by[metric]?.value ?? null);
    $("standing").replaceChildren(word("standing", { year: state.year, rulebook: state.rulebook, villages: value("taobao_villages"), towns: value("taobao_towns") }), isProvisional() ? " " + word("provisional_note") : "");
    const cards = ["taobao_villages", "taobao_towns", "counties", "provinces", "village_and_town_sales", "share_of_rural_sales", "active_shops", "jobs"].filter((metric) => by[metric]);
    const short = (row, amount) => (row.unit === "yuan" && amount !== null ? number(Math.round(amount / (state.lang ? 1e7 : 1e6)) / 100) + " " + word("large_sum") : figureOf(row, amount === null ? null : row.unit === "share" ? amount : Math.round(amount)));
    section("headline",
      make("ul", { class: "cards" }, cards.map((metric) => make("li", {},
        make("div", { class: "label" }, word("m." + metric), " ", isProvisional() ? tag(word("provisional")) : null),
        make("div", { class: "number" }, short(by[metric], by[metric].value)),
        make("div", { class: "beside" }, by[metric].published_value === null ? word("not_published") : word("published") + " " + short(by[metric], by[metric].published_value))))),
      make("p", { class: "note" }, word("why_differs")),
      grid(word("headline") + " · " + state.year + " · " + state.rulebook, [
        [(row) => (known("m." + row.metric) ? word("m." + row.metric) : row.metric), word("metric"), "text"],
        [(row) => figureOf(row, row.value), word("value"), "n"],
        [(row) => figureOf(row, row.published_value), word("published_value"), "n"],
        [(row) => (row.published_value === null || row.value === null ? "–" : row.unit === "share" ? percent(row.value - row.published_value) : number(Math.round((row.value - row.published_value) * 100) / 100)), word("difference"), "n"],
        [(row) => unit(row), word("unit"), "text"],
        ["published_source", word("published_source"), "long"],
      ], rows),
      tools(told.figures.headline, word("headline")));
  };
  const showGrowth = () => section("growth", charts("villages_by_year", "towns_by_year", "sales_by_year", "shops_by_year"));
  const showWhere = () => section("where", charts("map_of_provinces", "map_of_counties", "villages_by_province", "top_counties", "coastal_share", "clusters"));
  const showChanges = () => {
    const counts = Object.fromEntries(["new", "returned", "lost"].map((change) => [change, 0]));
    for (const row of chosen(dicts(told.charts.find((chart) => chart.name === "entries_and_exits")))) counts[row.change] = row.villages;
    const lists = make("div", {});
    const listing = make("details", { ontoggle: async (event) => {
      if (!event.target.open || lists.childElementCount) return;
      const index = await places();
      const rows = index.figuresOf("village").filter((row) => row.rulebook === state.rulebook && row.year === state.year && ["new", "returned", "lost"].includes(row.change));
      lists.append(grid(word("changes"), [
        [(row) => make("button", { type: "button", onclick: () => show(row.newest_code) }, name(index.nameOf(row.newest_code))), word("village"), "text"],
        [(row) => index.pathOf(row.newest_code), word("county"), "text"], [(row) => word(row.change), word("change"), "text"],
        [(row) => yuan(row.fen), word("sales"), "n"], ["active_shops", word("active_shops"), "n"]], rows, 2000));
    } }, make("summary", {}, word("data") + ": " + word("village")), lists);
    section("changes", make("p", {}, word("changes_note", { year: state.year, ...Object.fromEntries(Object.entries(counts).map(([key, value]) => [key, number(value)])) })), charts("entries_and_exits", "village_sizes"), listing);
  };
  const criterion = (text) => (known("c." + text) ? word("c." + text) : text);
  const limit = (row, value) => (row.criterion.includes("/") ? percent(Number(value)) : number(value));
  const showNear = () => {
    const rows = chosen(dicts(told.figures.near));
    section("near", make("p", { class: "note" }, word("near_note")), rows.length ? grid(word("near") + " · " + state.year, [
      ["village", word("village"), "text"], ["county", word("county"), "text"], ["village_code", word("code"), "text"], [(row) => criterion(row.criterion), word("condition"), "text"],
      [(row) => row.operator + " " + limit(row, row.threshold), word("threshold"), "n"], [(row) => limit(row, row.value), word("has"), "n"], [(row) => limit(row, row.short_by), word("lacks"), "n"]], rows)
      : make("p", {}, word("none")), tools(told.figures.near, word("near")));
  };
  const showForecast = () => {
    if (!told.figures.forecast) return $("forecast").replaceChildren();
    const ofPublished = (one) => one.series.startsWith("published_");
    const findings = told.findings.filter((one) => one.series === "published_taobao_villages" || (!ofPublished(one) && one.rulebook === state.rulebook && one.series === "taobao_villages"));
    const said = [true, false].map((published) => make("div", {}, findings.filter((one) => ofPublished(one) === published).map((one) => make("p", {}, one[language()]))));
    const tables = ["forecast", "backtest", "forecast_series"].filter((table) => told.figures[table]).map((table) => {
      const of = told.figures[table];
      const rows = dicts(of);
      return make("details", { ontoggle: (event) => {
        if (event.target.open && event.target.childElementCount === 1) event.target.append(grid(table, of.columns.map((column) => [column, known(column) ? word(column) : column, rows.some((row) => typeof row[column] === "number") && !column.endsWith("year") ? "n" : "text"]), rows.filter((row) => row.rulebook === state.rulebook || ofPublished(row))), tools(of, table));
      } }, make("summary", {}, table));
    });
    section("forecast", make("p", { class: "note" }, word("forecast_note")), said[0], charts("forecast_of_published"), said[1], charts("forecast_of_census"), tables);
  };
  const showReconciliation = () => {
    const of = told.figures.reconciliation;
    if (!of) return $("reconciliation").replaceChildren();
    const rows = dicts(of).filter((row) => row.rulebook === state.rulebook);
    const counts = ["reproduced", "differs", "not_reproducible"].map((verdict) => word(verdict) + " " + number(rows.filter((row) => row.verdict === verdict).length));
    section("reconciliation", make("p", {}, counts.join(" · ")), grid(word("reconciliation"), of.columns.filter((column) => column !== "rulebook").map((column) => [
      ["verdict", "reason", "compared_as", "metric"].includes(column) ? (row) => (row[column] === null ? "" : known("m." + row[column]) ? word("m." + row[column]) : known("r." + row[column]) ? word("r." + row[column]) : known(row[column]) ? word(row[column]) : row[column]) : column,
      known(column) ? word(column) : column, /value|difference|ratio/.test(column) ? "n" : column === "year" ? "text" : "long"]), rows.filter((row) => row.year === state.year)), tools(of, word("reconciliation")));
  };
  const showQuality = () => {
    const by = Object.fromEntries(headlineRows().map((row) => [row.metric, row]));
    const held = dicts(told.figures.held);
    section("quality", make("p", { class: "note" }, word("quality_note")),
      grid(word("files"), [["table", word("table"), "text"], ["files", word("files"), "n"], ["held", word("held"), "n"], ["rows", word("rows"), "n"], ["quarantined", word("quarantined"), "n"]], dicts(told.figures.files)), tools(told.figures.files, word("files")),
      grid(word("quarantined"), [["table", word("table"), "text"], ["reason", word("reason"), "text"], ["rows", word("rows"), "n"]], dicts(told.figures.reasons)), tools(told.figures.reasons, word("quarantined")),
      held.length ? grid(word("held"), [["path", word("path"), "long"], ["table", word("table"), "text"], ["held_reason", word("held_reason"), "long"]], held) : null,
      make("p", {}, word("unplaced") + ": " + number(by.unplaced_sales?.value ?? null) + "; " + word("orphaned") + ": " + number(by.orphaned_sales?.value ?? null) + " (" + state.year + ")"),
      told.figures.lists.rows.length ? [grid(word("lists"), [["year", word("year"), "text"], ["places", word("places"), "n"], ["villages_found", word("villages_found"), "n"]], dicts(told.figures.lists)), tools(told.figures.lists, word("lists"))] : null,
      told.provisional.length ? make("p", {}, tag(word("provisional")), " " + told.provisional.join(", ") + ". " + word("provisional_note")) : null);
  };
  const showMethod = () => {
    const one = book();
    const span = (rule) => (rule.first === null && rule.last === null ? word("always") : `${rule.first ?? "…"}–${rule.last ?? "…"}`);
    section("method", make("p", {}, word("method_note")), make("p", {}, word("calendar"), told.calendar.length ? " " + word("calendar_exceptions") + told.calendar.map(([year, first, last]) => ` ${year}: ${first}–${last}`).join(";") : ""),
      make("h3", {}, one.name + ": " + one.title),
      grid(one.name, [[(rule) => word("rule_" + rule.level), word("rule"), "text"], [span, word("years"), "text"], [(rule) => make("span", {}, rule.criteria), word("condition"), "long"], ["words", word("words"), "long"],
        [(rule) => (/^https?:\/\//.test(rule.address ?? "") ? make("a", { href: rule.address, rel: "noreferrer" }, name(rule.source)) : name(rule.source)), word("source"), "long"]], one.rules));
  };

  // ---------------------------------------------------------------- the search
  let index = null;
  const places = () => (index ??= Promise.all([block("places"), block("names")]).then(([text, bytes]) => {
    const given = JSON.parse(text);
    // names are written in ranks of an alphabet: one byte for the 200 commonest letters, two for the others
    const letters = [];
    for (let at = 0; at < bytes.length; at++) letters.push(given.alphabet[bytes[at] < 200 ? bytes[at] : 200 + (bytes[at] - 200) * 256 + bytes[++at]]);
    const names = letters.length ? letters.join("").split("\n") : [];
    const all = { level: [], code: [], name: [], parent: [] };
    const add = (level, code, title, parent) => { all.level.push(level); all.code.push(code); all.name.push(title); all.parent.push(parent); return all.code.length - 1; };
    const above = new Map();
    for (const [code, title] of Object.entries(given.provinces)) above.set(code, add("province", code, title, null));
    for (const [code, title] of Object.entries(given.counties)) above.set(code, add("county", code, title, above.get(code.slice(0, 2)) ?? null));
    let village = 0;
    for (const [township, title, count] of given.townships) {
      const at = add("township", township, title, above.get(township.slice(0, 6)) ?? null);
      for (let suffix = 0, last = village + count; village < last; village++) {
        suffix += given.codes[village];
        add("village", township + String(suffix).padStart(3, "0"), names[village], at);
      }
    }
    const at = new Map(all.code.map((code, number) => [code, number]));
    const rowsOf = (level) => {
      const { columns, values } = given.figures[level];
      return (values[0] ?? []).map((_, number) => Object.fromEntries(columns.map((column, place) => [column, values[place][number]])));
    };
    const cache = {};
    const figuresOf = (level) => (cache[level] ??= rowsOf(level));
    const path = (number) => { const parts = []; for (let up = all.parent[number]; up !== null && up !== undefined; up = all.parent[up]) parts.unshift(all.name[up]); return parts.join(" "); };
    const readings = given.pinyin;
    const bare = (title) => title.replace(/(村民委员会|居民委员会|村委会|居委会)$/, "");
    const sounds = (title, query) => {
      // whether the query is spelt by the first characters of the title: each by its initial or by a whole reading
      const walk = (place, rest) => {
        if (!rest) return true;
        const options = readings[title[place]];
        if (!options) return false;
        return options.some((sound) => (rest.startsWith(sound) && walk(place + 1, rest.slice(sound.length))) || sound.startsWith(rest) || (sound[0] === rest[0] && walk(place + 1, rest.slice(1))));
      };
      return walk(0, query);
    };
    const status = new Set(figuresOf("village").filter((row) => row.verdicts & 1).map((row) => row.newest_code));
    const search = (typed, most = 60) => {
      const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const last = words.pop();
      if (!last) return { total: 0, found: [] };
      const test = /^\d+$/.test(last) ? (number) => (all.code[number].startsWith(last) ? 2 : 0)
        : /^[a-z]+$/.test(last) ? (number) => (sounds(all.name[number], last) ? 1 : 0)
        : (number) => { const title = all.name[number]; return title === last || bare(title) === last ? 4 : title.startsWith(last) ? 3 : title.includes(last) ? 1 : 0; };
      const scored = [];
      for (let number = 0; number < all.name.length; number++) {
        const score = test(number);
        if (!score) continue;
        if (words.length) { const around = path(number); if (!words.every((one) => around.includes(one) || (/^[a-z]+$/.test(one) && around.split(" ").some((part) => sounds(part, one))))) continue; }
        scored.push([score + (status.has(all.code[number]) ? 0.5 : 0) + (all.level[number] === "village" ? 0 : 0.2), number]);
      }
      scored.sort((one, other) => other[0] - one[0] || one[1] - other[1]);
      return { total: scored.length, found: scored.slice(0, most).map(([, number]) => number) };
    };
    return { all, at, search, path, figuresOf, nameOf: (code) => all.name[at.get(code)] ?? code, pathOf: (code) => path(at.get(code)), size: all.name.length };
  }));
  const waysOf = (year) => told.ways.filter((way) => way.rulebook === state.rulebook && (way.first_year ?? 0) <= year && year <= (way.last_year ?? 9999));
  const margins = (row) => {
    const list = make("ul", {});
    const seen = new Set();
    for (const way of waysOf(row.year)) {
      if (seen.has(way.criterion)) continue;
      seen.add(way.criterion);
      const values = { sales: row.fen, transactions: row.transactions, shops: row.shops, active_shops: row.active_shops, ecommerce_households: row.ecommerce_households, households: row.households };
      const isShare = Boolean(way.over);
      const base = isShare ? values[way.over] : way.metric === "sales" ? 100 : 1;
      const label = criterion(way.criterion);
      if (base === null || base === undefined || base === 0) { list.append(make("li", {}, `${label}: ${word("unknown_base")}`)); continue; }
      const has = BigInt(values[way.metric]) * BigInt(way.denominator), asked = BigInt(way.numerator) * BigInt(isShare ? base : 1);
      const met = way.op === ">" ? has > asked : way.op === ">=" ? has >= asked : null;
      const gap = Number(has - asked) / Number(way.denominator);
      const told_gap = isShare ? percent(Math.abs(gap) / base) : way.metric === "sales" ? yuan(Math.round(Math.abs(gap))) : number(Math.round(Math.abs(gap) * 100) / 100);
      list.append(make("li", {}, `${label} ${way.op} ${isShare ? percent(Number(way.threshold)) : number(way.threshold)}: `, make("span", { class: met ? "yes" : "no" }, met ? word("met") : word("not_met")), ` (${met ? word("by") : word("short")} ${told_gap})`));
    }
    const kind = Math.floor(row.verdicts / 2) % 3;
    if (kind) list.append(make("li", {}, word("met_unit") + ": ", make("span", { class: kind === 2 ? "yes" : "no" }, kind === 2 ? word("met") : word("not_met"))));
    return list;
  };
  const show = async (code, focus = true) => {
    const all = await places();
    state.place = code;
    const number_ = all.at.get(code);
    const level = all.all.level[number_];
    const rows = level === "province" ? [] : all.figuresOf(level).filter((row) => row.newest_code === code && row.rulebook === state.rulebook);
    const year = rows.at(-1)?.year ?? state.year;
    const command = `census explain ${code} --year ${year} --rulebook ${state.rulebook}`;
    const common = [[(row) => row.year + (told.provisional.includes(row.year) ? " " + word("provisional") : ""), word("year"), "text"]];
    const status = (row) => (row.verdicts & 1 ? make("span", { class: "yes" }, word(level === "village" ? "is_village" : "is_town")) : make("span", { class: "no" }, word("is_not")));
    const columns = level === "village" ? [...common, [status, word("status"), "text"], [(row) => (row.change ? word(row.change) : ""), word("change"), "text"], [(row) => yuan(row.fen), word("sales"), "n"], ["transactions", word("transactions"), "n"], ["shops", word("shops"), "n"], ["active_shops", word("active_shops"), "n"], ["ecommerce_households", word("ecommerce_households"), "n"], ["households", word("households"), "n"], [(row) => (row.share === null ? "–" : (row.share / 100).toFixed(2) + "%"), word("share"), "n"], [margins, word("criteria"), "long"]]
      : level === "township" ? [...common, [status, word("status"), "text"], [(row) => (row.change ? word(row.change) : ""), word("change"), "text"], ["taobao_villages", word("taobao_villages"), "n"], [(row) => (row.basis ? word(row.basis) : ""), word("basis"), "text"], [(row) => yuan(row.fen), word("sales"), "n"], ["transactions", word("transactions"), "n"], ["active_shops", word("active_shops"), "n"]]
      : [...common, ["taobao_villages", word("taobao_villages"), "n"], ["taobao_towns", word("taobao_towns"), "n"], [(row) => (row.tier ? word(row.tier) : ""), word("tier"), "text"], [(row) => yuan(row.fen), word("sales"), "n"], ["active_shops", word("active_shops"), "n"], ["population", word("population"), "n"]];
    const title = make("h3", { tabindex: -1 }, name(all.all.name[number_]), " ", make("span", { class: "note" }, name(all.path(number_)), " · " + word(level) + " · " + code));
    const of = { name: "place-" + code, columns: rows.length ? Object.keys(rows[0]) : [], rows: rows.map((row) => Object.values(row)) };
    $("place").replaceChildren(title, ...(rows.length ? [grid(all.all.name[number_], columns, rows), make("div", { class: "tools" }, saying(of, all.all.name[number_]))] : level === "province" ? [] : [make("p", {}, word("no_figures"))]),
      ...(level === "village" || level === "township" ? [make("p", { class: "note" }, word("why") + ":"), make("pre", { tabindex: 0 }, command)] : []));
    if (focus) { title.focus({ preventScroll: true }); $("place").scrollIntoView({ block: "nearest" }); }
  };
  const showSearch = () => {
    const before = $("query")?.value ?? "";
    const input = make("input", { type: "search", id: "query", autocomplete: "off", spellcheck: "false", "aria-describedby": "hint", "aria-controls": "found" });
    const found = make("ul", { id: "found" }), message = make("p", { class: "note", role: "status", id: "message" });
    let timer = null;
    const go = async () => {
      if (!input.value.trim()) { found.replaceChildren(); message.textContent = ""; return; }
      if (!index) message.textContent = word("loading");
      const all = await places();
      const { total, found: numbers } = all.search(input.value);
      message.textContent = total ? word("matches", { n: number(total) }) : word("no_match");
      found.replaceChildren(...numbers.map((at) => make("li", {}, make("button", { type: "button", "data-code": all.all.code[at], onclick: () => show(all.all.code[at]) }, name(all.all.name[at]), make("span", { class: "path" }, name(all.path(at)), " · " + word(all.all.level[at]) + " · " + all.all.code[at])))));
    };
    input.oninput = () => { clearTimeout(timer); timer = setTimeout(go, 120); };
    section("search", make("form", { class: "find", role: "search" }, make("label", { for: "query", class: "label" }, word("search_label")), input), make("p", { class: "note", id: "hint" }, word("search_hint")), message, found, make("div", { id: "place", "aria-live": "polite" }));
    $("search").querySelector("form").onsubmit = (event) => { event.preventDefault(); go(); };
    input.value = before;
    if (before) go();
    if (state.place) show(state.place, false);
  };

  // ---------------------------------------------------------------- all of it
  let turns = 0;
  const render = () => {
    document.documentElement.lang = state.lang ? "en" : "zh-CN";
    document.title = word("title");
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
    $("language").textContent = state.lang ? "中文" : "English";
    $("language").lang = state.lang ? "zh" : "en";
    $("rulebook").replaceChildren(...told.rulebooks.map((one) => make("option", { value: one.name }, one.name)));
    $("rulebook").value = state.rulebook;
    $("year").replaceChildren(...told.years.toReversed().map((year) => make("option", { value: year }, year + (told.provisional.includes(year) ? " (" + word("provisional") + ")" : ""))));
    $("year").value = state.year;
    waiting.clear();
    for (const show_ of [showHeadline, showSearch, showGrowth, showWhere, showChanges, showNear, showForecast, showReconciliation, showQuality, showMethod]) show_();
    const ids = [...document.querySelectorAll("main section")].filter((one) => one.childElementCount).map((one) => one.id);
    $("contents").setAttribute("aria-label", word("contents"));
    $("contents").replaceChildren(make("ul", {}, ids.map((id) => make("li", {}, make("a", { href: "#" + id }, word(id))))));
    $("colophon").textContent = word("colophon", { version: told.version });
    document.body.dataset.ready = "yes";
    delete document.body.dataset.drawn;
    const turn = ++turns;
    setTimeout(async () => { // what is in view first, then all, for printing
      await drawAll();
      if (turn === turns) document.body.dataset.drawn = "yes";
    }, 30);
  };
  $("language").onclick = () => { state.lang = 1 - state.lang; render(); };
  $("rulebook").onchange = (event) => { state.rulebook = event.target.value; render(); };
  $("year").onchange = (event) => { state.year = Number(event.target.value); render(); };
  $("print").onclick = async () => { await drawAll(); window.print(); };
  window.addEventListener("beforeprint", () => { drawAll(); });
  render();
})();
