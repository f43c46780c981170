"""Reports in a real Chromium, opened from disk as a reviewer would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from autolote import tools
from autolote.audit import report
from autolote.audit.model import Environment
from tests.report import audits

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
SNAPSHOTS = tools.ROOT / "tests" / "snapshots" / "prod"

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, headless; each page gets a profile of its own."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(f"none of {', '.join(NAMES)} is installed; `make setup` says how to get one")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the environment `prod`, with findings of every fate.

    The snapshots are its templates: tests/template holds them to what synthesis writes."""
    audit = audits.about(Environment(SNAPSHOTS, "prod"))
    return _written(report.render_html(audit), tmp_path_factory)


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on more than 1,000 resources, with hundreds of findings."""
    audit = audits.big(tmp_path_factory.mktemp("big"))
    assert len(audit.environment.resources) >= 1000
    return _written(report.render_html(audit), tmp_path_factory)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on one of everything, with a network and findings of every fate."""
    audit = audits.of_sample(tmp_path_factory.mktemp("sample"))
    return _written(report.render_html(audit), tmp_path_factory)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on templates that try to put markup into it."""
    audit = audits.hostile(tmp_path_factory.mktemp("hostile"))
    return _written(report.render_html(audit), tmp_path_factory)


def _written(page: str, factory: pytest.TempPathFactory) -> Path:
    path = factory.mktemp("report") / "audit.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a report; after the test, no error and no request may have come of it."""
    trouble: list[str] = []
    contexts = []

    def open_(path: Path, **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)  # milliseconds; a busy machine is no failure
        page.on("console", lambda message: trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("requestfailed", lambda request: trouble.append(f"failed: {request.url}"))
        page.on("request", lambda r: r.url == path.as_uri() or trouble.append(f"asked: {r.url}"))
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert trouble == []


@contextmanager
def printing(page: Page) -> Iterator[None]:
    """The page as it is on paper."""
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    yield
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
