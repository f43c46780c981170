"""Methods, paths, content types and sizes."""

import gzip
from collections.abc import Mapping

from .kinds import GZIP, LIMIT, ROW, Case


def typed(what: str, headers: Mapping[str, str], status: int = 200, message: str = "") -> Case:
    """One good row with these headers."""
    return Case(what=what, headers=headers, status=status, message=message, rows=status == 200)


def content(value: str, **more: str) -> dict[str, str]:
    """The headers of a body of this type."""
    return {"Content-Type": value, **more}


ROUTES = "there are /ping, /execution-parameters, /invocations"

ASKED = (
    Case(what="GET /ping", method="GET", path="/ping", body=None),
    Case(what="GET /ping with a query", method="GET", path="/ping?deep=1", body=None),
    typed("a charset", content("text/csv; charset=utf-8")),
    typed("capitals and quotes", content('TEXT/CSV;header=absent;Charset="UTF-8"')),
    typed("Accept: text/csv", content("text/csv", Accept="text/csv")),
    typed("Accept: anything", content("text/csv", Accept="*/*;q=0.8")),
    typed("Accept: JSON or any text", content("text/csv", Accept="application/json, text/*")),
    typed(
        "JSON",
        content("application/json"),
        415,
        "Content-Type is 'application/json'; send text/csv",
    ),
    typed("no Content-Type", {}, 415, "Content-Type is ''; send text/csv"),
    typed(
        "another charset",
        content("text/csv; charset=latin-1"),
        415,
        "charset 'latin-1' is not read; send UTF-8",
    ),
    typed(
        "another packing",
        content("text/csv", **{"Content-Encoding": "br"}),
        415,
        "Content-Encoding is 'br'; send gzip, or none",
    ),
    typed(
        "Accept: JSON",
        content("text/csv", Accept="application/json"),
        406,
        "Accept is 'application/json', but the answer is text/csv",
    ),
    typed(
        "Accept: all but CSV",
        content("text/csv", Accept="*/*, text/csv;q=0"),
        406,
        "Accept is '*/*, text/csv;q=0', but the answer is text/csv",
    ),
    typed(
        "another expectation",
        content("text/csv", Expect="a-reply"),
        417,
        "Expect is 'a-reply'; only 100-continue is known",
    ),
    Case(
        what="a body beyond the limit",
        body=ROW * 400_000,
        status=413,
        message=f"the body has 3200000 bytes, {LIMIT}",
    ),
    Case(
        what="a packed body that unpacks beyond the limit",
        body=gzip.compress(ROW * 400_000, 1),
        headers=GZIP,
        status=413,
        message=f"the body has ... unpacked bytes or more, {LIMIT}",
    ),
    Case(
        what="another path",
        path="/models",
        status=404,
        message=f"there is no /models; {ROUTES}",
    ),
    Case(
        what="GET of /invocations",
        method="GET",
        body=None,
        status=405,
        message="/invocations takes POST, not GET",
    ),
    Case(
        what="PUT to /invocations",
        method="PUT",
        status=405,
        message="/invocations takes POST, not PUT",
    ),
    Case(what="POST to /ping", path="/ping", status=405, message="/ping takes GET, not POST"),
    Case(what="HEAD of /ping", method="HEAD", path="/ping", body=None, status=405),
)

LOADING = "the model is being loaded"
NOT_READY = (
    Case(
        what="GET /ping while the model is loaded",
        method="GET",
        path="/ping",
        body=None,
        status=503,
        message=LOADING,
    ),
    Case(what="a row while the model is loaded", status=503, message=LOADING),
)
