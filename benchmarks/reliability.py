"""Reliability of the server under load, faults and attack, for `python -m benchmarks --reliability`."""

from __future__ import annotations

import asyncio
import http.client
import json
import platform
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Final

import psutil
from playwright.sync_api import Page, sync_playwright
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks import strokes
from benchmarks.client import MAX_MESSAGE, unpack, visit
from benchmarks.load import RATE, draw_at_once
from benchmarks.report import Figure, machine, percentile, table
from benchmarks.serving import HOST, ROOT, Server, playground
from lenet.networks.models import MODELS
from playground.server.session_ends import KEPT_S
from tests.browser.chromium import launch_options
from tests.deploy.replicas import COOKIE, serving

NETWORK: Final = next(iter(MODELS))
P95_MS: Final = 500
IDLE: Final = 100
DESCRIPTORS: Final = 64
MIB: Final = 2**20
SETTLED: Final = """() => {
  const app = document.querySelector('[data-testid="stApp"]')?.dataset;
  return app?.testConnectionState === "CONNECTED" && app?.testScriptState === "notRunning";
}"""

PICTURES: Final = {
    "PNG of 1 by 39 million pixels": 'Image.new("1", (1, 39_000_000)).save(path, "PNG")',
    "PNG of 40 megapixels with alpha": 'Image.new("RGBA", (8000, 5000), (9, 9, 9, 200)).save(path, "PNG")',
    "JPEG of 48 megapixels": 'Image.linear_gradient("L").resize((8000, 6000)).convert("RGB").save(path, "JPEG")',
}
READ: Final = """
import io, re, sys
from PIL import Image
from lenet.errors import InputError
from lenet.digits.picture import read_digits
data = open(sys.argv[1], "rb").read()
small = io.BytesIO()
picture = Image.new("L", (200, 200), 255)
picture.paste(0, (80, 50, 120, 150))
picture.save(small, "PNG")
read_digits(small.getvalue())  # so that imports don't count
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
before = peak()
try:
    read_digits(data)
except InputError as problem:
    print(problem, file=sys.stderr)
print(peak() - before)
"""


@contextmanager
def served(descriptors: int | None = None) -> Iterator[Server]:
    """The playground, once it has imported PyTorch and says that it is ready."""
    with playground(descriptors) as server:
        end = time.monotonic() + 120
        while not _is_ready(server):
            if time.monotonic() > end:
                raise RuntimeError(f"{server.url}/ready says that it isn't")
            time.sleep(0.2)
        yield server


def _is_ready(server: Server) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{server.url}/ready", timeout=10):
        return True
    return False


def load(quick: bool) -> Iterator[Figure]:
    """Visitors who draw twice a second each, through Streamlit and over the fast path."""
    for live, counts in ((False, (30, 100, 200)), (True, (30, 100, 200))):
        for count in counts:
            with served() as server:
                crowd = draw_at_once(server, count, 10 if quick else 30, live=live)
            name = f"{count} visitors, {RATE:g} drawings a second each, {'fast path' if live else 'through Streamlit'}"
            times = [1000 * seconds for seconds in crowd.times]
            aimed = P95_MS if live or count <= 100 else None
            yield Figure(f"{name}: answered a second", len(times) / crowd.seconds, "", samples=len(times))
            yield Figure(f"{name}: 95th percentile", percentile(times, 95), "ms", aimed, samples=len(times))
            yield Figure(f"{name}: errors", len(crowd.errors), "", 0, samples=len(times))
            yield Figure(f"{name}: processor time of the server, each", 1000 * crowd.server / len(times), "ms")
            yield Figure(f"{name}: of the visitors", 1000 * crowd.client / len(times), "ms")


def memory(quick: bool) -> Iterator[Figure]:
    """Memory of visitors with recorded iterations, and of the server after they have gone."""
    count = 20 if quick else 100
    with served() as server:
        yield from asyncio.run(_memory(server, count))


async def _memory(server: Server, count: int) -> list[Figure]:
    process = psutil.Process(server.process)

    def used() -> float:
        return float(process.memory_info().rss) / MIB

    async with visit(server.socket_url, NETWORK, "step"), visit(server.socket_url, NETWORK, "graph", "&of=resnet18"):
        pass
    first = used()
    async with AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(visit(server.socket_url, NETWORK, "step"))
        step = used()
        for _ in range(count):
            await stack.enter_async_context(visit(server.socket_url, NETWORK, "graph", "&of=resnet18"))
        graph = used()
    # Sessions end by a clock, not when somebody else comes.
    await asyncio.sleep(KEPT_S + 30)
    last = used()
    async with AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(visit(server.socket_url, NETWORK, "step"))
        again = used()
    return [
        Figure("one visitor's Step and resnet18 have been seen: memory", first, "MiB"),
        Figure(f"{count} visitors on Step: each", (step - first) / count, "MiB", 5),
        Figure(f"{count} visitors more on resnet18: each", (graph - step) / count, "MiB", 5),
        Figure(f"{KEPT_S + 30:.0f} s after all have left: memory", last, "MiB"),
        Figure(
            f"{count} visitors on Step once more: memory beyond what the first {2 * count} took",
            again - graph,
            "MiB",
            0,
        ),
    ]


def descriptors(quick: bool) -> Iterator[Figure]:
    """Time to a page beside idle connections that hold most of the file descriptors."""
    with served(DESCRIPTORS) as server, ExitStack() as stack:
        port = int(server.url.rpartition(":")[2])
        for _ in range(IDLE):
            with suppress(OSError):
                stack.enter_context(socket.create_connection((HOST, port), timeout=5))
        written, start = server.log.stat().st_size, time.monotonic()
        answered = None
        while answered is None and time.monotonic() - start < 60:
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(server.url, timeout=60):
                answered = time.monotonic() - start
        time.sleep(max(0.0, 5 - (time.monotonic() - start)))
        name = f"{DESCRIPTORS} file descriptors, {IDLE} idle connections"
        yield Figure(f"{name}: a page is answered after", 60.0 if answered is None else answered, "s", 15)
        yield Figure(f"{name}: written to the log", (server.log.stat().st_size - written) / 1000, "kB", 100)


def pictures(quick: bool) -> Iterator[Figure]:
    """Peak memory of reading pictures that are small files and large in memory."""
    with tempfile.TemporaryDirectory() as folder:
        for name, code in PICTURES.items():
            path = Path(folder) / "picture"
            make = f"import sys; from PIL import Image; path = sys.argv[1]; {code}"
            subprocess.run([sys.executable, "-c", make, path], check=True)
            read = [sys.executable, "-c", READ, path]
            done = subprocess.run(read, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
            yield Figure(f"{name}: peak memory beyond the file's", int(done.stdout) / 1024, "MiB", 160)


def uploads(quick: bool) -> Iterator[Figure]:
    """Memory that one session's uploads and unfinished messages take."""
    with served() as server:
        yield Figure("30 files of 5 MB into one session: memory", asyncio.run(_uploads(server)), "MiB", 40)
    with served() as server:
        yield Figure("20 unfinished messages of 16 MB on the fast path: memory", _unfinished(server), "MiB", 80)


async def _uploads(server: Server) -> float:
    process = psutil.Process(server.process)
    async with visit(server.socket_url, NETWORK) as visitor:
        await visitor.draw(next(strokes.drawings()))
        before = process.memory_info().rss
        await asyncio.to_thread(_put_files, server, visitor.session)
        return float(process.memory_info().rss - before) / MIB


def _put_files(server: Server, session: str) -> None:
    address = server.url.removeprefix("http://")
    with urllib.request.urlopen(f"{server.url}/_stcore/health") as response:
        cookies = response.headers.get_all("Set-Cookie") or []
    token = next((c.partition("=")[2].partition(";")[0] for c in cookies if c.startswith("_streamlit_xsrf=")), "")
    head = b'--B\r\nContent-Disposition: form-data; name="f"; filename="w.safetensors"\r\n\r\n'
    body = head + bytes(5 * 10**6) + b"\r\n--B--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=B", "Origin": server.url}
    headers |= {"Cookie": f"_streamlit_xsrf={token}", "X-Xsrftoken": token}
    for _ in range(30):
        connection = http.client.HTTPConnection(address, timeout=60)
        connection.request("PUT", f"/_stcore/upload_file/{session}/{uuid.uuid4()}", body, headers)
        answer = connection.getresponse()
        if answer.status not in (200, 204):
            raise RuntimeError(f"an upload was refused: {answer.status} {answer.read(1000)!r}")
        connection.close()


def _unfinished(server: Server) -> float:
    process = psutil.Process(server.process)
    port = int(server.url.rpartition(":")[2])
    before = process.memory_info().rss
    request = f"GET /live HTTP/1.1\r\nHost: {HOST}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    request += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"

    def send() -> None:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=5) as connection:
            connection.sendall(request.encode())
            connection.recv(4096)
            connection.sendall(b"\x81\xff" + (16 * MIB).to_bytes(8, "big") + bytes(4) + bytes(16 * MIB - 1))
            over.wait(30)

    over = threading.Event()
    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    peak = 0
    for _ in range(40):
        time.sleep(0.2)
        peak = max(peak, process.memory_info().rss)
    over.set()
    for thread in threads:
        thread.join()
    return (peak - before) / MIB


def fuzz(quick: bool) -> Iterator[Figure]:
    """Hostile messages and requests, of which none may be an error of the server's."""
    count = 400 if quick else 2_000
    with served() as server:
        messages, unanswered = asyncio.run(_messages(server, count))
        name = "hostile messages on the fast path"
        yield Figure(f"{name}: sent", messages, "")
        yield Figure(f"{name}: neither refused nor answered", unanswered, "", 0)
        failed = _requests(server, count)
        yield Figure("hostile addresses and headers: sent", count, "")
        yield Figure("hostile addresses and headers: answered with an error of the server's", failed, "", 0)
        log = server.log.read_text("utf-8", "replace")
        yield Figure("tracebacks in the log", log.count("Traceback"), "", 0)
        answered = asyncio.run(_draws(server))
        yield Figure("a visitor's drawing after all that: answered", float(answered), "", 1, "at least")


async def _messages(server: Server, count: int) -> tuple[int, int]:
    """Number of messages sent, and of those that were neither refused nor answered."""
    rng = random.Random(7)
    honest = json.dumps({"ticket": "x", "revision": 3, "drawing": next(strokes.drawings())})
    junk = [
        "",
        "{",
        "[]",
        "null",
        "1e999",
        '{"ticket": []}',
        "\ud7ff",
        "[" * 100_000,
        '{"revision": ' + "9" * 5000 + "}",
    ]
    address = server.socket_url.removesuffix("_stcore/stream") + "live"
    nothing = 0
    sent = 0
    while sent < count:
        async with connect(address, max_size=MAX_MESSAGE) as socket_:
            for _ in range(100):
                message: str | bytes = rng.choice(junk)
                if rng.random() < 0.8:
                    cut, more = sorted(rng.sample(range(len(honest)), 2))
                    message = honest[:cut] + rng.choice(["", "\0", "\\", "NaN", "-1", "[[", '"', "é"]) + honest[more:]
                if rng.random() < 0.05:
                    message = rng.randbytes(40)
                sent += 1
                try:
                    await socket_.send(message)
                    answer = await asyncio.wait_for(socket_.recv(decode=False), 30)
                    nothing += unpack(answer)["revision"] is not None
                except ConnectionClosed:
                    break
                except TimeoutError:
                    nothing += 1
    return sent, nothing


def _requests(server: Server, count: int) -> int:
    """Number of requests sent, and of those answered with a status of 500 or above."""
    rng = random.Random(8)
    port = int(server.url.rpartition(":")[2])
    paths = ["/", "/live", "/_stcore/stream", "/_stcore/health", "/media/x", "/ready", "/step", "/component/a/b"]
    hosts = [f"{HOST}:{port}", "evil.example", "[::1", "a b", "", "localhost:99999", "\u00fc.example"]
    origins = ["http://[::1", "null", "http://evil.example", "file://", "", f"http://{HOST}:{port}", "http://\u00fc"]
    failed = 0
    for _ in range(count):
        tail = rng.choice(["", "%00", "..%2f..%2fetc/passwd", "?network=%ff", "?stop=" + "9" * 400, "/" * 50, "%", "#"])
        lines = [f"GET {rng.choice(paths)}{tail} HTTP/1.1", f"Host: {rng.choice(hosts)}"]
        if rng.random() < 0.5:
            lines.append(f"Origin: {rng.choice(origins)}")
        if rng.random() < 0.5:
            lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
            lines.append(f"Sec-WebSocket-Key: {rng.choice(['', 'x', 'AAAAAAAAAAAAAAAAAAAAAA=='])}")
        with suppress(OSError), socket.create_connection((HOST, port), timeout=10) as connection:
            connection.sendall(("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1", "replace"))
            status = connection.recv(64).split(b" ")[1:2]
            if status and status[0].startswith(b"5"):
                failed += 1
                print(status[0].decode(), *lines, sep="\n  ", file=sys.stderr)
    return failed


async def _draws(server: Server) -> bool:
    async with visit(server.socket_url, NETWORK) as visitor:
        for drawing in islice(strokes.drawings(), 5):
            await visitor.draw(drawing)
    return True


def replicas(quick: bool) -> Iterator[Figure]:
    """Time that visitors wait when their replica is killed, behind nginx as `deploy/nginx.conf` sets it up."""
    options = launch_options()
    with serving() as both, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        pages = [browser.new_context(reduced_motion="reduce").new_page() for _ in range(4 if quick else 8)]
        for page in pages:
            page.goto(both.url)
            page.wait_for_function(SETTLED, timeout=120_000)
        lost = [page for page in pages if _replica(page) == "1"]
        both.kill(1)
        killed = time.monotonic()
        back: dict[Page, float] = {}
        while len(back) < len(lost) and time.monotonic() < killed + 60:
            for page in lost:
                if page not in back and _replica(page) == "2" and page.evaluate(SETTLED):
                    back[page] = time.monotonic() - killed
            lost[0].wait_for_timeout(50)
        browser.close()
    name = "a replica is killed"
    yield Figure(f"{name}: visitors that it had", len(lost), "", 1, "at least")
    yield Figure(f"{name}: visitors that are not back after a minute", len(lost) - len(back), "", 0)
    yield Figure(f"{name}: the last of them is back after", max(back.values(), default=60.0), "s", 5)


def _replica(page: Page) -> str:
    return next((c["value"] for c in page.context.cookies() if c["name"] == COOKIE), "")


def document(figures: Sequence[Figure], quick: bool) -> str:
    """The figures as a page of text."""
    about = machine()
    return f"""# The server under load, faults and attack

`python -m benchmarks --reliability{" --quick" if quick else ""}` measures this and writes this file. Each
group has a server of its own. The visitors of the load are programs that speak the page's own protocol; they share the
processors with the server, and what they take is in the table. Of this run: {about["processors"]} processors, Python
{about["python"]}, {platform.system()}. Load of the computer over the 1, 5 and 15 minutes before its end:
{about["load"]}. Where that is more than there are processors, other programs had a part of the times;
processor times are the server's own.

{table(figures)}

## Why drawing through Streamlit takes more

Computing the answer to a drawing takes the same either way. Through Streamlit a drawing also starts a thread, builds
the page's session message with its themes, registers three components, runs the callbacks, and sends ten messages
through the session's queue: about two thirds of the time, spent by Python under one lock, so that more processors
don't help. The fast path does none of that. The pad uses it whenever the connection can be opened, and Streamlit only
for the last drawing of a stroke. A server that has to answer more than about 150 drawings a second through Streamlit
needs a second replica, see `deploy/README.md`.
"""


MEASURES: Final[dict[str, Callable[[bool], Iterator[Figure]]]] = {
    "load": load,
    "memory": memory,
    "descriptors": descriptors,
    "pictures": pictures,
    "uploads": uploads,
    "fuzz": fuzz,
    "replicas": replicas,
}
