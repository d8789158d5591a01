"""Take the picture in the README:

PYTHONPATH=tests/support python -m tests.browser.screenshot ADDRESS FILE.png
"""

from __future__ import annotations

import shutil
import sys
from io import BytesIO

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, settle

WINDOW = {"width": 1440, "height": 1680}
COLOURS = 255  # a palette keeps the file small


def main(address: str, path: str) -> None:
    """Save what the Plan page at ``address`` shows first, in the light theme."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        page = browser.new_page(viewport=WINDOW, color_scheme="light")
        page.goto(address)
        page.wait_for_selector(".js-plotly-plot .legend")
        settle(page)
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    small = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
