"""Tests that pages show the command line's error messages, without the names of the server's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet.errors import InputError
from lenet.networks import checkpoint
from playground import errors
from playground.markdown import literal

ROOT = Path(errors.__file__).parents[1]


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (InputError("weights-missing", path=Path("/srv/secret/w.safetensors"), reason="gone"), "weights w.safetensors"),
        (InputError("weights-missing", path="/tmp/w.safetensors", reason="gone"), "weights w.safetensors"),
        (InputError("weights-missing", path=ROOT / "assets" / "x", reason="gone"), "weights assets/x can't"),
        (
            InputError("weights-card", path=Path("x.json"), reason=OSError(2, "No such file", "/srv/x")),
            ": No such file.",
        ),
        (InputError("weights-missing", path="mine.safetensors", reason="gone"), "weights mine.safetensors"),
        (InputError("expression-name", line=1, column=1, name="/x"), "there is no /x yet"),
    ],
)
def test_files_have_names_and_no_folders(problem: InputError, shown: str) -> None:
    assert shown in errors.say(problem)
    assert "/srv" not in errors.say(problem)
    assert str(ROOT) not in literal(problem)


def test_weights_that_are_missing_on_the_server_do_not_tell_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "path_of", lambda name: Path("/srv/secret") / f"{name}.safetensors")
    with pytest.raises(InputError) as missing:
        checkpoint.load("LeNet5")
    assert "/srv/secret" in str(missing.value)
    assert "srv" not in errors.say(missing.value)
    assert "LeNet5.safetensors" in errors.say(missing.value)
