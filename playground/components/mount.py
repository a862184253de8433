"""Registration of components: Streamlit gets a stub for each one, which imports its module from `modules`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from playground.components import modules
from playground.components.packing import pack
from playground.language import current
from playground.text import catalogue, languages

# Kept short, because Streamlit sends the stub again with each new value.
STUB: Final = """\
const missing = %s;
const loaded = import(new URL(%s, document.baseURI)).then(({ load }) => load(%s, %s, missing));
export default await loaded.catch((cause) => { throw new Error(missing, { cause }); });
"""


def component(name: str) -> Callable[..., Any]:
    """Register the component in folder `name`.

    Args:
        name: folder with the module `<name>.js` and, optionally, the style sheet `<name>.css`. The module exports
            `render` and, if it shows something, `skeleton`.

    Returns:
        Streamlit's mount callable. Its `data` is a flat dict of JSON values and `bytes`. JavaScript receives the same
        values, with `Uint8Array` for `bytes`, plus the visitor's language as `language` and, if it shows something, the
        texts of section `name` as `text` and the colours as `palette`, see `constants`.
    """
    # The stub is the same for all visitors, so it says this in every language.
    missing = "\n".join(catalogue(language)["app"]["missing"] for language in languages())
    styled = modules.find(f"{name}/{name}.css") is not None
    values = missing, f"{modules.address()}shared/mount.js", name, styled
    mount = st.components.v2.component(name, js=STUB % tuple(map(json.dumps, values)))

    def mounted(*, data: Mapping[str, object], key: str, **rest: Any) -> Any:
        return mount(data=pack({"language": current(), **data}), key=key, **rest)

    return mounted


def keep() -> None:
    """No-op. Streamlit keeps a component's value between runs only if an `on_<name>_change` callback is given."""
