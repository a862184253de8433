"""Streamlit's settings from `STREAMLIT_*` variables, which `streamlit run` reads but its ASGI application ignores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from streamlit import config

from playground.text import text

TEXT: Final = text("server")
FLAGS: Final = ("STREAMLIT_SERVER_ADDRESS", "STREAMLIT_SERVER_PORT", "STREAMLIT_SERVER_BASE_URL_PATH")
"""Variables that are defaults of the command's own options; the command reads them itself."""

GUARDED: Final = (
    "server.allowedHosts",
    "server.corsAllowedOrigins",
    "server.customComponentBaseUrlPath",
    "server.enableAgentApi",
    "server.enableCORS",
    "server.enableStaticServing",
    "server.enableXsrfProtection",
    "server.scriptHealthCheckEnabled",
    "server.trustedUserHeaders",
    "client.allowedOrigins",
    "global.developmentMode",
)
TLS: Final = ("server.sslCertFile", "server.sslKeyFile")
FIXED: Final[Mapping[str, Any]] = {"browser.gatherUsageStats": False, "server.headless": True}


class VariableError(ValueError):
    """Error of an environment variable that can't be used: its name, the reason, and what to do."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(TEXT["environment-refused"].format(name=name, reason=reason))


def settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read Streamlit's settings, by key, except those for which the command has options.

    Raises:
        VariableError: a variable's value is invalid, or no setting has that name, or the playground fixes that setting.
    """
    options = {option.env_var: option for option in config._config_options_template.values()}
    found = {}
    for name in sorted(environment):
        if not name.startswith("STREAMLIT_") or name in FLAGS:
            continue
        if name not in options:
            raise VariableError(name, TEXT["environment-unknown"])
        option = options[name]
        value = _value(name, environment[name], option.type, option.multiple)
        if option.key in FIXED and value != FIXED[option.key]:
            raise VariableError(name, TEXT["environment-fixed"].format(value=str(FIXED[option.key]).lower()))
        if option.key in TLS:
            raise VariableError(name, TEXT["environment-tls"])
        if option.key in GUARDED and value != option.default_val:
            raise VariableError(name, TEXT["environment-guard"])
        found[option.key] = value
    return found


def _value(name: str, written: str, kind: type, several: bool) -> Any:
    try:
        if several:
            return json.loads(written) if written.lstrip().startswith("[") else written.split()
        if kind is bool:
            return {"true": True, "1": True, "false": False, "0": False}[written.strip().lower()]
        return kind(written)
    except (ValueError, KeyError):
        expected = TEXT["environment-list"] if several else TEXT[f"environment-{kind.__name__}"]
        reason = TEXT["environment-value"].format(name=name, value=repr(written), expected=expected)
        raise VariableError(name, reason) from None
