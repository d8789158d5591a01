"""A field for files promises no more than the server and the proxy of the example take."""

from __future__ import annotations

import re
import tomllib

from paths import REPOSITORY

from app.components.arrival_fields import MOST_MB
from planner.documents.sample_file import MOST_FILE_BYTES, MOST_TOKENIZER_BYTES


def test_the_server_takes_the_largest_file_that_a_field_promises() -> None:
    settings = tomllib.loads((REPOSITORY / "app" / ".streamlit" / "config.toml").read_text())
    taken = settings["server"]["maxUploadSize"]
    assert MOST_TOKENIZER_BYTES == 50e6
    assert max(MOST_MB, MOST_FILE_BYTES / 1e6, MOST_TOKENIZER_BYTES / 1e6) <= taken
    example = (REPOSITORY / "docs" / "serving-the-app.md").read_text()
    [by_proxy] = re.findall(r"client_max_body_size (\d+)m;", example)
    assert int(by_proxy) > taken
