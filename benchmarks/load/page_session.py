"""One session of the web app, opened as a browser opens it: over Streamlit's websocket.

Streamlit 1.67's browser sends the state of every field with each entry, the address, and the
hashes of the large messages that it still has; the server answers with the elements of the page
and then says that the script has finished. So does this session; it draws nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from planner.errors import PlannerError

STREAMLIT = Subprotocol("streamlit")
SUCCESS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
EARLY = ForwardMsg.FINISHED_EARLY_FOR_RERUN
ANSWER_WITHIN_S = 600.0
"""A browser waits without end; a person does not wait that long."""


class PageError(PlannerError):
    """The page did not answer, or answered with an error."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One run of the page: seconds until its script had finished, and bytes received."""

    seconds: float
    received_bytes: int
    texts: tuple[str, ...] = field(repr=False)
    """The pieces of HTML on the page, or in the part of it that was run."""


@asynccontextmanager
async def page_session(address: str) -> AsyncIterator[PageSession]:
    """A session on the app at ``address``, like ``http://127.0.0.1:8501/?documents=5000``."""
    url = f"ws://{urlsplit(address).netloc}/_stcore/stream"
    async with connect(url, subprotocols=[STREAMLIT], max_size=None, ping_interval=None) as socket:
        yield PageSession(socket, address)


class PageSession:
    """A page that is open. Its methods raise PageError."""

    def __init__(self, socket: ClientConnection, address: str) -> None:
        self._socket, self._address = socket, address
        self._page = ""
        self._query = dict(parse_qsl(urlsplit(address).query))
        self._states: dict[str, WidgetState] = {}
        self._fragments: dict[str, str] = {}
        self._buttons: dict[str, str] = {}
        self._selected: dict[str, str] = {}
        self._cached: dict[str, ForwardMsg] = {}

    async def open(self) -> Answered:
        """Load the page, as at the first visit."""
        return await self._run()

    async def enter(self, key: str, text: str, **chosen: str) -> Answered:
        """Type ``text`` into the text field of that key, and wait for the page's answer.

        The options ``chosen`` in other fields come to the server together with it.
        """
        field_id = self._field(key)
        self._states[field_id] = WidgetState(id=field_id, string_value=text)
        self._query[key] = text
        for other, option in chosen.items():
            one = WidgetState(id=self._field(other))
            one.string_array_value.data.append(option)
            self._states[one.id] = one
            self._query[other] = option
        return await self._run("" if chosen else self._fragments[field_id])

    async def press(self, label: str) -> Answered:
        """Press the button of that label, and wait for the page's answer."""
        if label not in self._buttons:
            raise PageError(f"The page has no button {label!r}; open it first.")
        return await self._run(pressed=WidgetState(id=self._buttons[label], trigger_value=True))

    def selected(self, key: str) -> str:
        """The option that the list of that key shows."""
        return self._selected[self._field(key)]

    def _field(self, key: str) -> str:
        found = next((one for one in self._fragments if one.endswith(f"-{key}")), None)
        if found is None:
            raise PageError(f"The page has no field {key!r}; open it first.")
        return found

    async def _run(self, fragment: str = "", pressed: WidgetState | None = None) -> Answered:
        states = [*self._states.values(), *filter(None, [pressed])]
        state = ClientState(
            query_string=urlencode(self._query),
            widget_states=WidgetStates(widgets=states),
            page_script_hash=self._page,
            fragment_id=fragment,
            cached_message_hashes=self._cached,
        )
        state.context_info.url = self._address
        start = time.perf_counter()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._socket.send(BackMsg(rerun_script=state).SerializeToString())
                received_bytes, texts = await self._received()
        except TimeoutError:
            raise PageError(f"No answer within {ANSWER_WITHIN_S:.0f} s.") from None
        except ConnectionClosed as closed:
            raise PageError(f"The app closed the connection: {closed}.") from None
        return Answered(time.perf_counter() - start, received_bytes, texts)

    async def _received(self) -> tuple[int, tuple[str, ...]]:
        """Bytes and texts of the messages until the script has finished."""
        received_bytes = 0
        texts: list[str] = []
        while True:
            content = await self._socket.recv(decode=False)
            received_bytes += len(content)
            message = ForwardMsg.FromString(content)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                message = self._cached[message.ref_hash]
                kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                self._cached[message.hash] = message
            if kind == "new_session":
                self._page = message.new_session.page_script_hash
                texts.clear()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                texts += self._seen(message.delta.new_element, message.delta.fragment_id)
            elif kind == "script_finished" and message.script_finished != EARLY:
                if message.script_finished not in SUCCESS:
                    raise PageError("The script of the page could not be compiled.")
                return received_bytes, tuple(texts)

    def _seen(self, element: Element, fragment: str) -> tuple[str, ...]:
        """The element's text if it is HTML; a field's first value is kept to be sent along."""
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise PageError(f"The page shows an error: {element.exception.message}")
        if kind == "html":
            return (element.html.body,)
        if kind in ("text_input", "text_area"):
            shown = getattr(element, kind)
            value = shown.value if shown.set_value else shown.default
            self._fragments[shown.id] = fragment
            if shown.set_value or shown.id not in self._states:
                self._states[shown.id] = WidgetState(id=shown.id, string_value=value)
        elif kind == "button":
            self._buttons[element.button.label] = element.button.id
        elif kind == "button_group":
            self._fragments[element.button_group.id] = fragment
        elif kind == "selectbox":
            listed = element.selectbox
            self._fragments[listed.id] = fragment
            if listed.set_value:
                self._selected[listed.id] = listed.raw_value
            elif listed.options:
                self._selected.setdefault(listed.id, listed.options[listed.default])
        elif kind == "checkbox" and element.checkbox.id not in self._states:
            box = element.checkbox
            self._states[box.id] = WidgetState(id=box.id, bool_value=box.default)
        return ()
