"""The JSON routes of the page, with an OpenAPI description at /api/openapi.json."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from corridor.errors import CorridorError, DataError, Fault, NoAnswerError, UnknownIdError, error_record
from corridor.version import __version__
from corridor.web.app_session import AppSession
from corridor.web.state import state_of

NO_ANSWER, WRONG_INPUT = 404, 422
REFUSALS = {NO_ANSWER: "No answer, and why", WRONG_INPUT: "All faults of the query", 503: "Try again later"}
MOST_LONG = 8  # simultaneous queries of a branch; Starlette has 40 threads
REPEATED = ("closed", "shut")
Closed = Annotated[
    list[str], Query(description="Ids that are closed: links, transfers, yards, ports, borders, countries.")
]
Shut = Annotated[list[str], Query(description="The name of `closed` in version 0.1.", deprecated=True)]
Place = Annotated[str, Query(description="Name or id of a place, or latitude,longitude.", examples=["51.7,55.1"])]
Year = Annotated[int | None, Query(description="Year of network and demand; by default the last of the study.")]
Branch = Annotated[str | None, Query(description="A branch, see /branches; by default the headline of the study.")]
Target = Annotated[float | None, Query(ge=0, le=1000, description="Mt a year; by default that of the study.")]


class Error(BaseModel):
    """An error with its details: faults, suggestions, or blocking elements."""

    kind: str
    message: str
    issues: list[dict[str, Any]]


class Refused(BaseModel):
    """The JSON object of the command line (--json) without an answer."""

    error: Error


def api_of(session: AppSession) -> FastAPI:
    """Return the JSON routes of a network, with the keys and numbers of the command line (--json)."""
    api = FastAPI(
        title="corridor",
        version=__version__,
        description="Routes, throughput, closures and sources of a freight corridor; names contain the units.",
        docs_url=None,  # the default pages load scripts from other sites
        redoc_url=None,
        dependencies=[Depends(_only_known)],
        responses={status: {"model": Refused, "description": why} for status, why in REFUSALS.items()},
    )
    _add_error_handlers(api)

    @api.get("/places", summary="Places by id")
    def places() -> dict[str, str]:
        return session.places

    @api.get("/cargoes", summary="Cargoes by id")
    def cargoes() -> dict[str, str]:
        return session.cargoes

    @api.get("/branches", summary="Branches by id")
    def branches() -> dict[str, str]:
        return session.branches

    @api.get("/links", summary="Links of a year with their lines, latitude first, and the outline of land")
    def links(year: Year = None) -> dict[str, Any]:
        year = session.year(year, session.network.base_year)
        return {"links": session.links(year), "places": session.named, "land": session.land}

    @api.get("/route", summary="The best route, as `corridor route --json` gives it")
    def route(
        origin: Place,
        destination: Place,
        cargo: str = "container",
        by: str = "generalised",
        year: Year = None,
        closed: Closed = [],  # noqa: B006 - FastAPI copies it
        shut: Shut = [],  # noqa: B006
    ) -> dict[str, Any]:
        year = session.year(year, session.network.base_year)
        query = {"from": origin, "to": destination, "cargo": cargo, "by": by, "year": str(year)}
        return session.route(
            session.resolved(state_of(query, (*closed, *shut), session.usual(), session.years))
        ).to_dict()

    @api.get("/why", summary="Basis and sources of a feature or a figure, as `corridor why --json` gives it")
    def why(id: str, field: str | None = None) -> dict[str, Any]:
        return session.why(id, field).to_dict()

    _add_branches(api, session)
    _add_forecasts(api, session)
    return api


def _add_branches(api: FastAPI, session: AppSession) -> None:
    """Add the long queries; only a few run at once."""
    slots = threading.BoundedSemaphore(MOST_LONG)  # a waiting query occupies a thread that short queries need

    @contextlib.contextmanager
    def slot() -> Iterator[None]:
        if not slots.acquire(blocking=False):
            raise HTTPException(503, f"{MOST_LONG} long queries are running; try again", {"Retry-After": "5"})
        try:
            yield
        finally:
            slots.release()

    @api.get("/branch", summary="What a branch carries in a year, with closures")
    def branch(
        branch: Branch = None,
        year: Year = None,
        closed: Closed = [],  # noqa: B006
        shut: Shut = [],  # noqa: B006
    ) -> dict[str, Any]:
        with slot():
            return session.closed(
                session.branch(branch),
                session.year(year),
                state_of({}, (*closed, *shut), session.usual(), session.years).closed,
            ).to_dict()

    @api.get("/throughput", summary="The central case year by year, as `corridor throughput --json` gives it")
    def throughput(branch: Branch = None, target: Target = None) -> dict[str, Any]:
        with slot():
            return session.by_year(session.branch(branch), session.target(target)).to_dict()


def _add_forecasts(api: FastAPI, session: AppSession) -> None:
    """Add the routes that start, report and cancel forecasts."""

    @api.post("/forecasts", status_code=202, summary="Start a forecast")
    def start(
        branch: Branch = None,
        target: Target = None,
        draws: int = 200,
        seed: int = 1,
    ) -> dict[str, Any]:
        return session.forecasts.start(session.branch(branch), session.target(target), draws, seed).to_dict()

    @api.get("/forecasts/{job}", summary="State of a forecast, and its result when it is done")
    def job(job: str) -> dict[str, Any]:
        return session.forecasts.job(job).to_dict()

    @api.delete("/forecasts/{job}", summary="Cancel a forecast")
    def cancel(job: str) -> dict[str, Any]:
        return session.forecasts.cancel(job).to_dict()


def _only_known(request: Request) -> None:
    """Refuse unknown parameters: a misspelt option must not be ignored."""
    known = [p.alias for p in request.scope["route"].dependant.query_params]
    fix = f"give {', '.join(known)}" if known else "give none"
    counts = Counter(name for name, _ in request.query_params.multi_items())
    faults = [
        Fault("address", name, "", "is not a parameter here", fix) for name in sorted(counts) if name not in known
    ]
    repeated = [name for name in known if counts[name] > 1 and name not in REPEATED]
    faults += [Fault("address", name, "", f"is given twice: {name}", "give it once") for name in repeated]
    if request.method == "POST" and {"content-type", "transfer-encoding"} & set(request.headers):
        faults.append(Fault("request", "body", "", "is not read here: the body", "give the query in the address"))
    if faults:
        raise DataError(faults)


def _add_error_handlers(api: FastAPI) -> None:
    """Answer errors with the JSON object of the command line (--json)."""

    @api.exception_handler(HTTPException)
    async def refuse_address(request: Request, error: HTTPException) -> JSONResponse:
        message = f"{request.method} {request.url.path[:200]}: {error.detail}; see /api/openapi.json"
        record = {"kind": "address", "message": message, "issues": []}
        return JSONResponse({"error": record}, error.status_code, error.headers)

    @api.exception_handler(CorridorError)
    async def refuse(_request: Request, error: CorridorError) -> JSONResponse:
        is_missing = isinstance(error, NoAnswerError | UnknownIdError)
        return JSONResponse({"error": error_record(error)}, NO_ANSWER if is_missing else WRONG_INPUT)

    @api.exception_handler(RequestValidationError)
    async def refuse_form(_request: Request, error: RequestValidationError) -> JSONResponse:
        issues = [
            {"where": ".".join(map(str, e["loc"])), "message": e["msg"], "value": repr(e.get("input"))[:60]}
            for e in error.errors()
        ]
        message = "; ".join(f"{i['where']}: {i['message']}" for i in issues)
        return JSONResponse({"error": {"kind": "data", "message": message, "issues": issues}}, WRONG_INPUT)
