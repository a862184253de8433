"""`playground.open` from a notebook and from a script."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[2]

NETWORK = """
import urllib.request
import torch
from torch import nn
import playground

net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
before = [p.clone() for p in net.parameters()]

def status(address):
    with urllib.request.urlopen(address) as answer:
        return answer.status, answer.headers["content-security-policy"], answer.headers["x-frame-options"]
"""

SHOWN = 'shown = playground.open(net, torch.rand(2, 3, 16, 16), [0, 2], ["cat", "dog", "cow"])\nshown'
CHECKED = """
code, policy, frame = status(shown.address)
assert code == 200 and "localhost:*" in policy and frame is None
other = playground.open(net, input_shape=(3, 8, 8))
assert other.address.split("/?")[0] == shown.address.split("/?")[0] and other.name == "Sequential-2"
assert all(torch.equal(a, b) for a, b in zip(before, net.parameters()))
shown.close()
assert status(other.address)[0] == 200
other.close()
other.close()
try:
    status(other.address)
except OSError:
    print("closed")
again = playground.open(net)
print(status(again.address)[0])
again.close()
"""


def test_a_notebook_shows_the_playground_in_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cells = [nbformat.v4.new_code_cell(source) for source in (NETWORK, SHOWN, CHECKED)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    first, second = notebook.cells[1].outputs, notebook.cells[2].outputs
    assert first[0].text.startswith("Sequential is open in the playground at http://localhost:")
    address = first[0].text.split()[-1]
    assert f'<iframe src="{address}"' in first[1].data["text/html"]
    said = "".join(one.text for one in second if one.name == "stdout").splitlines()
    assert said[1] == "closed"
    assert said[-1] == "200"


def test_a_script_waits_and_errors_are_sentences(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    wrong = """
    import threading
    from lenet.errors import InputError
    for given in ((torch.rand(3, 16), None), (torch.rand(2, 3, 8, 8), [1]), (torch.rand(2, 3, 8, 8), [0, 3])):
        try:
            playground.open(net, *given)
        except InputError as error:
            print(error)
    def later():
        playground.opened._open["Sequential"].close()
    import playground.opened
    threading.Timer(3, later).start()
    opened = playground.open(net)
    print("goes on", opened.name)
    """
    script.write_text(NETWORK + textwrap.dedent(wrong))
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=240,
    )
    lines = done.stdout.splitlines()
    assert "a batch of (N, C, H, W) is needed" in lines[0]
    assert lines[1] == "There are 1 labels for 2 inputs."
    assert "each from 0 to 2" in lines[2]
    assert lines[3].startswith("Sequential is open in the playground at http://localhost:")
    assert lines[4] == "goes on Sequential"
    assert done.returncode == 0
