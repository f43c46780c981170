"""What a reviewer can do with the page: by mouse, by keys alone, without scripts, on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from autolote import tools
from tests.browser.conftest import Open, printing

AXE = tools.ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ON_PAGE = 50


def violations(page: Page, only: list[str] | None = None) -> list[str]:
    """What axe-core finds, rule by rule, with the first element of each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    found = page.evaluate("rules => axe.run({runOnly: rules}).then(r => r.violations)", rules)
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})" for v in found]


def rows(page: Page, table: str) -> int:
    """How many rows of a table are on the page."""
    return page.locator(f"#{table} tbody tr").count()


def focused(page: Page) -> str:
    """The element that has the focus: its id, or its text."""
    return str(
        page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    )


def test_axe_finds_nothing(opened: Open, prod: Path) -> None:
    """WCAG 2.2 AA and axe's best practices, with findings opened."""
    page = opened(prod)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert violations(page) == []


def test_the_dark_page_has_contrast_too(opened: Open, sample: Path) -> None:
    """Only colours differ in the dark."""
    page = opened(sample, color_scheme="dark")
    assert violations(page, only=["color-contrast"]) == []


def test_axe_finds_nothing_on_a_phone(opened: Open, sample: Path) -> None:
    """At 320 pixels, with tables that scroll within themselves."""
    page = opened(sample, viewport={"width": 320, "height": 640})
    assert violations(page) == []


def test_the_keyboard_alone_reaches_everything(opened: Open, prod: Path) -> None:
    """Skip link first, then search; a finding opens with Enter; a head sorts with Enter."""
    page = opened(prod)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the findings"
    page.keyboard.press("Tab")
    assert focused(page) == "search"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert focused(page) == "main"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    finding = page.locator(".findings details").first
    expect(finding).to_have_attribute("open", "")
    expect(finding.locator("dl")).to_contain_text("Change it")
    page.locator("#resources thead button").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#resources thead th").first).to_have_attribute("aria-sort", "descending")
    names = page.locator("#resources tbody th").all_inner_texts()
    assert names == sorted(names, key=str.lower, reverse=True)


def test_focus_is_seen_and_not_covered_by_the_bar(opened: Open, prod: Path) -> None:
    """WCAG 2.2, 2.4.11: what has the focus is not hidden behind what sticks to the top."""
    page = opened(prod)
    page.keyboard.press("Tab")
    for _ in range(60):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            """() => {
              const focused = document.activeElement;
              if (focused.closest(".bar")) return "";
              const bar = document.querySelector(".bar").getBoundingClientRect();
              const box = focused.getBoundingClientRect();
              return box.bottom <= bar.bottom && bar.top <= 0 ? focused.outerHTML : "";
            }"""
        )
        assert covered == ""


def test_search_finds_rows_in_every_table_and_says_how_many(opened: Open, prod: Path) -> None:
    """Several words must all be there; the contents count what is left; nothing is said too."""
    page = opened(prod)
    before = rows(page, "resources")
    page.locator("#search").fill("startrun lambda")
    assert 0 < rows(page, "resources") < before
    for text in page.locator("#grants tbody tr").all_inner_texts():
        assert "startrun" in text.lower()
    expect(page.locator("#status")).to_contain_text("match")
    left = page.locator('.contents a[href="#inventory"] .count').inner_text()
    assert left == str(rows(page, "resources"))
    page.locator("#search").fill("no such thing anywhere")
    assert rows(page, "resources") == 0
    expect(page.locator("#status")).to_have_text("0 rows match")
    expect(page.locator("#inventory .none")).to_be_visible()


def test_a_node_of_the_picture_filters_the_tables(opened: Open, prod: Path) -> None:
    """By mouse and by key; its role's permissions stay, what is about others goes."""
    page = opened(prod)
    node = page.locator('svg.flow a[data-only="pipeline/StartRunFunction"]')
    node.focus()
    expect(page.locator("svg.flow .edge.on")).not_to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#only")).to_contain_text("pipeline/StartRunFunction")
    principals = set(page.locator("#grants tbody th").all_inner_texts())
    assert "identity/StartRunRole" in principals
    assert "identity/CreateModelRole" not in principals
    assert rows(page, "resources") == 1
    page.locator("#only").click()
    assert focused(page) == "search"
    assert rows(page, "resources") == ON_PAGE


def test_a_link_leads_to_its_row_on_whatever_page(opened: Open, prod: Path) -> None:
    """A role's name in a permission leads to it in the inventory, filter or not."""
    page = opened(prod)
    page.locator("#search").fill("VerifyOutputRole")
    page.locator("#grants tbody a", has_text="VerifyOutputRole").first.click()
    row = page.locator("tr.found")
    expect(row).to_contain_text("AWS::IAM::Role")
    expect(row).to_be_in_viewport()
    expect(page.locator("#search")).to_have_value("")


def test_a_thousand_resources_are_read_fifty_at_a_time(opened: Open, big: Path) -> None:
    """However many there are, few are on the page; the first letter typed shows few as well."""
    page = opened(big)
    for table in ("resources", "grants", "stores", "kept", "matrix"):
        assert rows(page, table) <= ON_PAGE
    assert page.locator(".findings > li").count() == ON_PAGE
    page.locator("#search").press("s")
    assert page.evaluate("document.querySelectorAll('tr').length") < 1000
    pager = page.get_by_role("navigation", name="Pages of Resources")
    expect(pager).to_contain_text(f"1 to {ON_PAGE} of")
    first = page.locator("#resources tbody th").first.inner_text()
    pager.get_by_role("button", name="Next").click()
    assert page.locator("#resources tbody th").first.inner_text() != first
    expect(pager.get_by_role("button", name="Previous")).to_be_enabled()
    assert page.locator("svg.flow .node").count() <= 80


def test_sorting_numbers_is_by_value(opened: Open, prod: Path) -> None:
    """10 comes after 9, and a filter stays in force."""
    page = opened(prod)
    page.locator("#sources thead button", has_text="Open").click()
    counts = [int(n) for n in page.locator("#sources td:nth-child(3)").all_inner_texts()]
    assert counts == sorted(counts)
    page.locator("#search").fill("cdk-nag")
    page.locator("#sources thead button", has_text="Open").click()
    assert rows(page, "sources") == 1


def test_markup_in_names_does_nothing(opened: Open, hostile: Path) -> None:
    """A resource's name is text, wherever it stands, the picture and the search included."""
    page = opened(hostile)
    page.locator("#search").fill("<script>")
    page.locator(".findings summary").first.click()
    assert page.title() == "Audit of sample: 1 open finding"
    assert page.locator("main script, main img, svg script").count() == 0
    expect(page.locator(".findings .what").first).to_contain_text("<script>document.title")


def test_without_scripts_all_of_it_is_there(opened: Open, prod: Path) -> None:
    """No search box that would do nothing; every row, every finding, every link."""
    page = opened(prod, java_script_enabled=False)
    assert not page.locator(".bar").is_visible()
    resources = page.locator("#resources tbody tr")
    assert resources.count() > 2 * ON_PAGE
    expect(resources.last).to_be_visible()
    page.locator(".findings summary").last.click()
    expect(page.locator(".findings dl").last).to_be_visible()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_page_never_scrolls_sideways(opened: Open, prod: Path, width: int) -> None:
    """WCAG 1.4.10: tables and the picture scroll within themselves."""
    page = opened(prod, viewport={"width": width, "height": 640})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_there_is_all_and_nothing_to_click(opened: Open, prod: Path) -> None:
    """Every row and every finding open; no search, no pages; and back again on the screen."""
    page = opened(prod)
    with printing(page):
        assert rows(page, "resources") > ON_PAGE
        assert not page.locator(".bar").is_visible()
        assert page.locator(".pager:visible").count() == 0
        expect(page.locator(".findings dl").first).to_be_visible()
    assert rows(page, "resources") == ON_PAGE


def test_nothing_moves_for_who_asked_for_that(opened: Open, prod: Path) -> None:
    """prefers-reduced-motion: no transition, no smooth scrolling."""
    page = opened(prod, reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
          const style = getComputedStyle(one, "::before");
          return getComputedStyle(one).scrollBehavior === "smooth"
            || style.transitionDuration !== "0s";
        }).length"""
    )
    assert moving == 0
