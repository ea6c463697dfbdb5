"""What pages tell machines does not upset the browser; a missing page becomes a redirect."""

import json

from served import log_in


def test_structured_data_breaks_no_rule_and_a_missing_page_is_mended(demo_server, browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{demo_server.url}/")
    data = json.loads(page.locator('script[type="application/ld+json"]').inner_text())
    assert {"WebSite", "GovernmentOrganization"} <= {one["@type"] for one in data["@graph"]}
    canonical = page.locator("link[rel=canonical]").get_attribute("href")
    assert canonical == f"{demo_server.url}/"
    # Blocks of data are not run: the policy has nothing to refuse.
    assert [text for text in said if "Content Security Policy" in text] == []
    page.goto(f"{demo_server.url}/alte-adresse-im-test")
    assert page.locator("main a").count() >= 2
    # The report says what visitors looked for in vain, and leads to a redirect.
    office = log_in(context, demo_server.url)
    wanted = office.get_by_role("link", name="Make a redirect of /alte-adresse-im-test")
    for _look in range(100):
        page.goto(f"{demo_server.url}/alte-adresse-im-test")
        office.goto(f"{demo_server.url}/admin/misses")
        if wanted.count():
            break
    wanted.click()
    office.fill("input[name=target]", "/impressum")
    office.click("main .form-actions button")
    office.wait_for_url(f"{demo_server.url}/admin/redirects")
    page.goto(f"{demo_server.url}/alte-adresse-im-test")
    assert page.url == f"{demo_server.url}/impressum"
    context.close()
