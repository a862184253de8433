"""The file itself: one page of HTML whose data are compressed text, so that no value can become markup."""

from __future__ import annotations

import base64
import gzip
import html
from string import Template
from typing import Final

from playground.components import constants
from playground.components.packing import pack
from playground.experiment.recording import Recording
from playground.export import contents, inline_modules
from playground.language import current
from playground.palette import PALETTE
from playground.text import catalogue, text

TEXT: Final = text("export")
COMPONENTS: Final = ("step_view", "network_view", "graph_view")
STYLES: Final = ("components/shared/tokens.css", "export/export.css")
MOST: Final = 500_000
"""Largest number of parameters of a network whose iterations are saved as a file."""
PAGE: Final = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main id="page"><p id="state" data-old="$old">$loading</p></main>
<noscript><p>$scripts</p></noscript>
<script type="text/plain" id="data">$data</script>
<script>$unpack</script>
<script>$start</script>
</body>
</html>
""")  # noqa: E501


def fits(made: Recording) -> bool:
    """True if the network is small enough for its iterations to be saved."""
    return sum(parameter.numel() for parameter in made.network.model.parameters()) <= MOST


def write(made: Recording) -> bytes:
    """The file of a recorded iteration, in the current language."""
    page = contents.page(made)
    blobs = {name: value for name, value in page.items() if isinstance(value, bytes)}
    known = constants.texts(current())
    block = pack(
        {
            "language": current(),
            "modules": inline_modules.modules(),
            "styles": inline_modules.styles(COMPONENTS),
            "texts": {name: known[name] for name in COMPONENTS},
            "palette": PALETTE,
            "words": dict(catalogue(current())["export"]),
            "page": {name: value for name, value in page.items() if name not in blobs},
            **blobs,
        }
    )
    return PAGE.substitute(
        language=html.escape(current()),
        title=html.escape(str(page["title"])),
        loading=html.escape(TEXT["loading"]),
        scripts=html.escape(TEXT["scripts"]),
        old=html.escape(TEXT["old"]),
        style="\n".join(map(inline_modules.text_of, STYLES)),
        data=base64.b64encode(gzip.compress(block, 9, mtime=0)).decode(),
        # Scripts that aren't modules, because these couldn't import anything before they are here themselves.
        unpack=inline_modules.text_of("components/shared/packing.js").replace("export function", "function"),
        start=inline_modules.text_of("export/start.js"),
    ).encode()
