"""While somebody types, names are suggested: by keys, by a press, and never in the way."""

from typing import Any

import pytest

from tests.browser.test_pages import violations_here

pytestmark = pytest.mark.browser

OPTIONS = "#suggested [role=option]"


def type_words(page: Any, words: str) -> None:
    page.locator("#q").press_sequentially(words)
    page.wait_for_selector(OPTIONS)


def test_keys_choose_a_suggestion_and_search_for_it(page: Any, address: str) -> None:
    page.goto(f"{address}/?lang=en")
    type_words(page, "тіс имп")
    assert page.get_attribute("#q", "aria-expanded") == "true"
    assert page.get_attribute("#q", "aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    last = page.locator(OPTIONS).last
    assert page.get_attribute("#q", "aria-activedescendant") == last.get_attribute("id")
    page.keyboard.press("ArrowDown")
    marked = page.locator(f"{OPTIONS}[aria-selected=true]")
    assert marked.count() == 1
    chosen = marked.locator("span").first.text_content()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.input_value("#q") == chosen
    assert page.locator(".results > li").count() > 0


def test_a_press_chooses_and_keeps_what_was_chosen_before(page: Any, address: str) -> None:
    page.goto(f"{address}/search?state=TR&lang=en")
    type_words(page, "dental imp")
    with page.expect_navigation():
        page.locator(OPTIONS).first.click()
    assert "state=TR" in page.url and "q=Dental" in page.url


def test_escape_closes_the_list_and_enter_then_searches_for_what_was_typed(
    page: Any, address: str
) -> None:
    page.goto(f"{address}/search?lang=en")
    type_words(page, "dental")
    page.keyboard.press("Escape")
    assert page.locator("#suggested").is_hidden()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.input_value("#q") == "dental"
    page.locator("#q").fill("z")
    page.wait_for_timeout(600)
    assert page.locator("#suggested").is_hidden()


def test_the_list_moves_nothing_and_axe_finds_no_fault_in_it(
    page: Any, address: str, axe: str
) -> None:
    page.goto(f"{address}/search?lang=en")
    before = page.locator("main h2").first.bounding_box()
    type_words(page, "card")
    assert page.locator("main h2").first.bounding_box() == before
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert violations_here(page, axe) == []
