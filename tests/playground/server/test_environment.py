"""Tests that Streamlit's environment variables are used, or refused with an explanation."""

from __future__ import annotations

import pytest

from playground.server import environment
from playground.server.environment import VariableError, settings


def test_variables_become_settings_and_others_are_left_alone() -> None:
    found = settings(
        {
            "PATH": "/bin",
            "STREAMLIT_SERVER_PORT": "9000",
            "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "7",
            "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
            "STREAMLIT_SERVER_ENABLE_CORS": "true",
            "STREAMLIT_THEME_BASE": "dark",
            "STREAMLIT_SERVER_COOKIE_SECRET": "secret",
        }
    )
    assert found == {
        "server.maxUploadSize": 7,
        "browser.gatherUsageStats": False,
        "server.enableCORS": True,
        "theme.base": "dark",
        "server.cookieSecret": "secret",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STREAMLIT_SERVER_ENABLE_CORS", "false"),
        ("STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION", "0"),
        ("STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS", "https://evil.example"),
        ("STREAMLIT_SERVER_SSL_CERT_FILE", "cert.pem"),
        ("STREAMLIT_GLOBAL_DEVELOPMENT_MODE", "true"),
        ("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "true"),
        ("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "perhaps"),
        ("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", "large"),
        ("STREAMLIT_SERVER_MAXUPLOADSIZE", "5"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence_that_names_it(name: str, value: str) -> None:
    with pytest.raises(VariableError) as refused:
        settings({name: value})
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_setting_that_is_the_guards_exists() -> None:
    keys = {option.key for option in environment.config._config_options_template.values()}
    assert {*environment.GUARDED, *environment.TLS, *environment.FIXED} <= keys
