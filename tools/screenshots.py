"""Make the pictures of the README from a running demo company."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def main() -> int:
    """Sign in as the people the README names and take each picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--password", required=True, help="the demo company's, as ``kezhi demo --sign-ins`` prints it")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("No Chromium found; install one first.", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        manager = browser.new_page(viewport=DESKTOP, locale="zh-CN")
        sign_in(manager, options.url, "wenjing", options.password)
        shoot(manager, options.url, "/", "today")
        shoot(manager, options.url, "/customers/", "list")
        manager.goto(f"{options.url}/customers/?q=澜图")
        manager.locator("tbody a").first.click()
        manager.wait_for_load_state("networkidle")
        manager.screenshot(path=IMAGES / "record.png")
        rep = browser.new_page(viewport=PHONE, locale="zh-CN")
        sign_in(rep, options.url, "wanglei", options.password)
        shoot(rep, options.url, "/follow-up/", "phone")
        browser.close()
    return 0


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    page.goto(url)
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def shoot(page: Page, url: str, path: str, name: str) -> None:
    page.goto(url + path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
