"""Tests of `playground.open` from a script; see test_open.py for a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NETWORK = """
import torch
from torch import nn
import playground

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 10))
before = {name: value.clone() for name, value in model.state_dict().items()}
"""
PAGE = """
import urllib.request
with urllib.request.urlopen(opened.address, timeout=60) as answer:
    print(answer.status, b"streamlit" in answer.read().lower())
"""


def script(code: str) -> subprocess.CompletedProcess[str]:
    """Run a script."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_a_script_opens_its_network_and_closes_it() -> None:
    done = script(
        NETWORK
        + "opened = playground.open(model, torch.rand(2, 1, 28, 28), labels=[3, 4], block=False)\n"
        + PAGE
        + """
again = playground.open(model, torch.rand(1, 1, 28, 28), block=False)
assert again.address.partition("?")[0] == opened.address.partition("?")[0], "one server for both"
assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
from lenet.networks import own
found = own.find(opened.name)
assert found.form.shape == (1, 28, 28) and found.classes == 10
again.close()
opened.close()
opened.close()
try:
    urllib.request.urlopen(opened.address, timeout=5)
except OSError:
    print("closed")
"""
    )
    assert done.returncode == 0, done.stderr
    assert "200 True" in done.stdout
    assert "http://localhost:" in done.stdout
    assert done.stdout.rstrip().endswith("closed")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("playground.open(nn.Sequential(nn.Flatten(), nn.LazyLinear(10)), block=False)", "InputError"),
        ("playground.open(model, torch.rand(1, 3, 28, 28), block=False)", "PartialError: Sequential raises"),
        ("playground.open(model, torch.rand(1, 1, 28, 28), classes=['a', 'b'], block=False)", "InputError"),
        ("playground.open('my_net.py:Net', block=False)", "InputError: 'my_net.py:Net' is of the type str"),
    ],
)
def test_what_is_no_classifier_gets_a_sentence(call: str, says: str) -> None:
    done = script(f"{NETWORK}\n{call}")
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]
