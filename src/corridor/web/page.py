"""The page: the query on the left, the map and the answers on the right; the address restores both."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation
from nicegui import events, run, ui

from corridor.errors import CorridorError
from corridor.routing.itinerary import Route
from corridor.routing.itinerary_text import OBJECTIVE
from corridor.routing.search import OBJECTIVES
from corridor.show.plots.load_maps import CLASSES, UNKNOWN
from corridor.study.closures import ClosureResult
from corridor.study.throughput import Throughput
from corridor.web.app_session import AppSession, ends_of
from corridor.web.chart import fan_options
from corridor.web.input_fields import as_json, typed
from corridor.web.page_text import BEHIND, branch_html, error_html, figures_html, forecast_html, route_html, why_html
from corridor.web.state import CLOSED, State, state_of

HEAD = '<link rel="stylesheet" href="corridor/page.css"><script src="corridor/map.js"></script>'
DRAWS = 200
OBJECTIVE_NAMES = {o: OBJECTIVE[o].removeprefix("minimise: ") for o in OBJECTIVES}


def add_page(session: AppSession) -> None:
    """Add the page of a network to the server."""

    @ui.page("/", title=f"corridor · {session.network.name}")
    async def page(request: Request) -> None:
        ui.add_head_html(HEAD)
        fault: CorridorError | None = None
        try:
            params = request.query_params
            state = session.resolved(
                state_of(
                    dict(params),
                    tuple(x for name in CLOSED for x in params.getlist(name)),
                    session.usual(),
                    session.years,
                )
            )
        except CorridorError as error:
            fault, state = error, session.usual()
        page = Page(session, state)
        page.build()
        await page.begin(fault)


class Page:
    """One open page: its state and the elements that show answers."""

    def __init__(self, session: AppSession, state: State) -> None:
        self.session, self.state = session, state
        self.number = 0  # of the query; answers to older queries are dropped
        self.route: Route | None = None
        self.closed: ClosureResult | None = None
        self.years: Throughput | None = None
        self.job: str | None = None
        self.client = ui.context.client

    def build(self) -> None:
        """Build the elements of the page."""
        network = self.session.network
        with ui.element("main").classes("corridor-page"):
            with ui.element("header"):
                ui.html(f"<h1>corridor · {escape(network.name)} (data of {network.base_year})</h1>", sanitize=False)
                self.fault = ui.html("", sanitize=False).props("id=fault")
                self.status = ui.html("", sanitize=False).classes("note").props("role=status aria-live=polite")
            with ui.element("section").classes("corridor-ask").props('aria-label="Query"'):
                self._build_question()
            with ui.element("section").classes("corridor-see").props('aria-label="Map and answers"'):
                self.map = ui.leaflet(center=(42.0, 55.0), zoom=4).classes("corridor-map")
                self.map.clear_layers()  # no tiles: nothing is fetched from elsewhere without a request
                self._build_legend()
                with ui.element("div").classes("corridor-answers"):
                    with ui.element("div"):
                        ui.html("<h2>Route</h2>", sanitize=False)
                        self.route_box = ui.html("", sanitize=False).props("id=route-answer")
                    with ui.element("div"):
                        self.branch_title = ui.html("", sanitize=False)
                        self.branch_box = ui.html("", sanitize=False).props("id=branch-answer")
                        self._build_forecast()
        with ui.dialog() as self.sources, ui.card().classes("corridor-sources"):
            self.sources_box = ui.html("", sanitize=False).props("id=sources")
            with ui.row():
                self.toggle = ui.button("Close it", on_click=self._toggle).props("flat no-caps id=toggle")
                ui.button("Close", on_click=self.sources.close).props("flat no-caps id=close")
        ui.on("open", self._open)

    def _build_question(self) -> None:
        session, state = self.session, self.state
        places = {k: f"{v} ({session.network.country_of(k)})" for k, v in session.places.items()}

        def select(label: str, options: dict[str, str], key: str) -> ui.select:
            field = ui.select(
                options,
                label=label,
                value=getattr(state, key),
                with_input=len(options) > 12,
                on_change=lambda e: self._ask(**{key: e.value}),
            )
            return typed(field.classes("w-full").props(f"dense options-dense for={key}"), options)

        self.fields = {
            "origin": select("From", places, "origin"),
            "destination": select("To", places, "destination"),
            "cargo": select("Cargo", session.cargoes, "cargo"),
            "by": select("Minimise", OBJECTIVE_NAMES, "by"),
        }
        years = {str(y): str(y) for y in session.years}
        ui.select(years, label="Year", value=str(state.year), on_change=lambda e: self._ask(year=int(e.value))).classes(
            "w-full"
        ).props("dense options-dense for=year")
        if session.branches:
            names = {k: v.split(":")[0] for k, v in session.branches.items()}
            self.fields["branch"] = select("Branch", names, "branch")
            ui.number(
                "Target, Mt a year",
                value=state.target_mt,
                min=0,
                max=1000,
                on_change=lambda e: e.value is not None and self._ask(target_mt=float(e.value)),
            ).classes("w-full").props("dense debounce=400 for=target")
        ui.html("<h2>Look up or close</h2>", sanitize=False)
        self.thing = ui.select(
            session.closable, label="Yard, border, port, country, link", with_input=True, clearable=True
        )
        typed(self.thing.classes("w-full").props("dense options-dense for=thing"), session.closable)
        with ui.row():
            ui.button("Source", on_click=lambda: self._look_up(self.thing.value)).props("flat no-caps id=look")
            ui.button("Close", on_click=lambda: self._close(self.thing.value)).props("flat no-caps id=add-closure")
        self.closed_box = ui.column().classes("w-full").props("id=closed-list")

    def _build_legend(self) -> None:
        colours = "".join(f"<span><i style='background:{c}'></i>{n}</span>" for _, c, n in CLASSES)
        colours += f"<span><i style='background:{UNKNOWN[0]}'></i>{UNKNOWN[1]}</span>"
        colours += "<span><i style='background:#CC0079'></i>route</span>"
        text = "Width: tonnes of all cargo. Colour: highest use of capacity on the link. "
        ui.html(f"<p class='corridor-legend'>{text}<br>{colours}</p>", sanitize=False)
        with ui.row().classes("items-center"):
            self.colour = ui.toggle({"use": "by use", "mode": "by mode"}, value="use", on_change=self._paint)
            self.colour.props("dense no-caps id=colour")
            ui.switch(
                "map tiles (internet)",
                on_change=lambda e: ui.run_javascript(f"corridorMap.setTiles({str(e.value).lower()})"),
            ).props("dense id=tiles")

    def _build_forecast(self) -> None:
        if not self.session.branches:
            return
        ui.html("<h2>Forecast</h2>", sanitize=False)
        self.near = ui.toggle(
            {"far": "with the target", "near": "without the target"}, value="far", on_change=self._draw_chart
        )
        self.near.props("dense no-caps id=near")
        self.chart = ui.echart({}).classes("w-full").style("height: 22rem").props("id=chart")
        with ui.row().classes("items-center w-full"):
            self.draws = ui.number("Draws", value=DRAWS, min=1, step=100).props("dense for=draws").style("width: 6rem")
            self.start = ui.button("Run forecast", on_click=self._start_forecast).props("flat no-caps id=forecast")
            self.cancel = ui.button("Cancel", on_click=self._cancel_forecast).props("flat no-caps id=cancel")
            self.cancel.set_visibility(False)
        self.progress = ui.linear_progress(0.0, show_value=False).props("id=progress")
        self.progress.set_visibility(False)
        self.forecast_box = ui.html("", sanitize=False).props("id=forecast-answer")
        self.poll = ui.timer(0.25, self._watch_forecast, active=False)

    async def begin(self, fault: CorridorError | None) -> None:
        """Draw the map, answer the query of the address, then compute the branch."""
        await ui.context.client.connected()
        await self.map.initialized()
        ui.run_javascript(f"corridorMap.start({self.map.id}, {self.state.year})")
        if fault is not None:
            self.fault.set_content(error_html(fault))
        await self._answer()
        await self._ask_years()

    async def _ask_years(self) -> None:
        """Compute the central case of the branch, and draw it if the page is still open."""
        if not self.session.branches or self.client.is_deleted:
            return
        self.years = await _answer_of(self.session.by_year, self.state.branch, self.state.target_mt)
        if not self.client.is_deleted:
            self._draw_chart()

    async def _ask(self, **changes: Any) -> None:
        """Apply changes to the query, and answer it."""
        if any(value is None for value in changes.values()):
            return
        self.state = replace(self.state, **changes)
        await self._answer()
        if {"branch", "target_mt"} & set(changes):
            await self._ask_years()

    async def _answer(self) -> None:
        self.number += 1
        number, state = self.number, self.state
        query = state.query(self.session.usual())
        ui.navigate.history.replace(f"/?{query}" if query else "/")
        self._list_closed()
        route: Route | CorridorError = await _answer_of(self.session.route, state)
        if number != self.number or self.client.is_deleted:
            return
        self.route = route if isinstance(route, Route) else None
        self.route_box.set_content(route_html(route) if isinstance(route, Route) else error_html(route))
        self._paint()
        if not self.session.branches:
            return
        is_ready = self.session.is_laid_out(state.branch)
        self.status.set_content("" if is_ready else "preparing the study years, once: half a minute at most …")
        closed: ClosureResult | CorridorError = await _answer_of(
            self.session.closed, state.branch, state.year, state.closed
        )
        if number != self.number or self.client.is_deleted:
            return
        self.status.set_content("")
        title = self.session.branches[state.branch].split(":")[0].capitalize()
        self.branch_title.set_content(f"<h2>{escape(title)}</h2>")
        if isinstance(closed, ClosureResult):
            self.closed = closed
            self.branch_box.set_content(branch_html(closed, self.session.closable, state.target_mt))
        else:
            self.branch_box.set_content(error_html(closed))
        self._paint()
        self._draw_chart()

    def _paint(self) -> None:
        """Show tonnes, use of capacity, closures and the route on the map."""
        closed = [x for i in self.state.closed for x in self.session.links_of(i)]
        content = {
            "number": self.number,
            "by": self.colour.value,
            "loads": {} if self.closed is None else self.session.loads(self.closed),
            "closed": closed,
            "full": [] if self.closed is None else self.session.full(self.closed),
            "ends": [] if self.route is None else ends_of(self.route),
            "route": [{"line": [[y, x] for x, y in leg.line]} for leg in self.route.legs] if self.route else [],
        }
        ui.run_javascript(f"corridorMap.show({as_json(content)})")

    def _draw_chart(self) -> None:
        if isinstance(self.years, Throughput):
            options = fan_options(self.years, self.closed, near=self.near.value == "near")
            self.chart.options.clear()
            self.chart.options.update(options)
            self.chart.update()

    def _list_closed(self) -> None:
        self.closed_box.clear()
        with self.closed_box:
            for name in self.state.closed:
                text = f"closed: {self.session.closable.get(name, name)} – open again"
                ui.button(
                    text, on_click=lambda n=name: self._ask(closed=tuple(s for s in self.state.closed if s != n))
                ).props("flat dense no-caps align=left color=deep-orange-10")

    async def _close(self, name: str | None) -> None:
        if not name:
            ui.notify("first choose what to close")
        self.thing.set_value(None)  # ready for the next entry
        if name and name not in self.state.closed:
            await self._ask(closed=(*self.state.closed, name))

    async def _toggle(self) -> None:
        self.sources.close()
        name = self.opened
        if name in self.state.closed:
            await self._ask(closed=tuple(s for s in self.state.closed if s != name))
        else:
            await self._close(name)

    def _look_up(self, name: str | None) -> None:
        if name:
            self._show_source([name], None)
        else:
            ui.notify("first choose what to look up")

    def _open(self, event: events.GenericEventArguments) -> None:
        """Open the sources of a number or of a line on the map."""
        values = event.args if isinstance(event.args, dict) else {}
        ids = [i for i in str(values.get("id", "")).split(",") if i]
        field = values.get("field")
        self._show_source(ids, str(field) if field else None)

    def _show_source(self, ids: list[str], field: str | None) -> None:
        if not ids:
            return
        self.opened = ids[0]
        try:
            if field in BEHIND and self.route is not None:
                content = figures_html(self.route, ids, field, self.session.carriers_of(ids))
            else:
                content = why_html(self.session.why(ids[0], field))
        except CorridorError as error:
            content = error_html(error)
        self.sources_box.set_content(content)
        self.toggle.set_visibility(len(ids) == 1 and field not in BEHIND and ids[0] in self.session.closable)
        self.toggle.set_text("Open it again" if ids[0] in self.state.closed else "Close it")
        self.sources.open()

    def _start_forecast(self) -> None:
        state = self.state
        try:
            job = self.session.forecasts.start(state.branch, state.target_mt, int(self.draws.value or 0), 1)
        except CorridorError as error:
            self.forecast_box.set_content(error_html(error))
            return
        self.job = job.id
        self.forecast_box.set_content("")
        self._show_running(True)

    def _cancel_forecast(self) -> None:
        if self.job is not None:
            self.session.forecasts.cancel(self.job)

    def _show_running(self, running: bool) -> None:
        self.cancel.set_visibility(running)
        self.progress.set_visibility(running)
        self.start.set_enabled(not running)
        self.poll.active = running

    def _watch_forecast(self) -> None:
        if self.job is None:
            return
        job = self.session.forecasts.job(self.job)
        self.progress.set_value(job.done / job.draws)
        self.forecast_box.set_content(f"<p class='note'>draw {job.done} of {job.draws}</p>")
        if job.state == "running":
            return
        self._show_running(False)
        if job.result is not None:
            self.years = job.result
            self.forecast_box.set_content(forecast_html(job.result))
            self._draw_chart()
        else:
            message = "cancelled" if job.error is None else str(job.error)
            self.forecast_box.set_content(f"<p class='note'>{escape(message)}</p>")


async def _answer_of(query: Any, *arguments: Any) -> Any:
    """Run a query outside the event loop; return the answer or its error."""
    return await run.io_bound(_answer_or_error, query, *arguments)


def _answer_or_error(query: Any, *arguments: Any) -> Any:
    """Return the answer of a query or its error."""
    try:
        return query(*arguments)
    except CorridorError as error:
        return error
