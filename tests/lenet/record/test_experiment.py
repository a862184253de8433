"""An experiment goes into an address and comes back, whatever else stands there is left out, and its steps are
PyTorch's.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from lenet.digits import batch
from lenet.errors import InputError
from lenet.networks import checkpoint, models
from lenet.record import query_text
from lenet.record.experiment import (
    CHOICES,
    FILE,
    ITERATION_NAMES,
    MNIST,
    NETWORK_NAMES,
    NOISE,
    OLD_WEIGHTS,
    RANDOM,
    RANGES,
    READERS,
    RUN,
    SHARED,
    Experiment,
    Input,
    Weights,
    run,
)
from lenet.record.iteration import Setup
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.query_text import pack_picture, unpack_picture
from tests.lenet.record.odd_models import FailsAfterStep

DEFAULT = Experiment()


def pictures() -> st.SearchStrategy[bytes]:
    """Any picture, of repeated random pixels."""
    return st.builds(
        lambda side, pixels: np.resize(np.frombuffer(pixels, np.uint8), side * side).tobytes(),
        st.integers(28, query_text.MAX_SIDE),
        st.binary(min_size=1, max_size=300),
    )


def experiments() -> st.SearchStrategy[Experiment]:
    """Any experiment that an address can hold."""
    values: dict[str, st.SearchStrategy[object]] = {
        **{name: st.sampled_from(choices) for name, choices in CHOICES.items()},
        **{name: st.integers(*ends) for name, ends in RANGES.items()},
        "run": st.from_regex(query_text.NAME, fullmatch=True),
        "label": st.none() | st.integers(*RANGES["label"]),
        "digits": st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=batch.MOST).map(tuple),
        "digit": st.just(b"") | pictures(),
        "lr": st.floats(0, query_text.LAST_RATE),
        "weight_decay": st.none() | st.floats(0, query_text.LAST_RATE),
    }
    return st.fixed_dictionaries(values).map(DEFAULT.with_values)


@given(experiments())
def test_any_experiment_comes_back(chosen: Experiment) -> None:
    if chosen.weights.source != RANDOM:  # a seed of random weights is written with these alone
        chosen = replace(chosen, weights=replace(chosen.weights, seed=0))
    if chosen.weights.source != RUN:
        chosen = replace(chosen, weights=replace(chosen.weights, run="", moment=0))
    assert Experiment.from_query(chosen.to_query()) == (chosen, ())
    network, iteration = chosen.to_query(NETWORK_NAMES), chosen.to_query(ITERATION_NAMES)
    assert network | iteration == chosen.to_query()
    assert Experiment.from_query(chosen.to_query(), NETWORK_NAMES)[0].to_query() == network
    assert Experiment.from_query(chosen.to_query(), ITERATION_NAMES)[0].to_query() == iteration


def test_an_address_holds_what_is_not_the_default() -> None:
    assert DEFAULT.to_query() == {}
    chosen = Experiment(
        "LightNet",
        Weights(RANDOM, 7),
        Input(MNIST, (3, 14)),
        4,
        Setup("mse", "count", lr=1e9, zero_grad="zeros", weight_decay=0.0),
        7,
    )
    assert chosen.to_query() == {
        "network": "LightNet",
        "weights": "random",
        "seed": "7",
        "input": "mnist",
        "digits": "3, 14",
        "label": "4",
        "loss": "mse",
        "target": "count",
        "lr": "1000000000.0",
        "zero_grad": "zeros",
        "weight_decay": "0.0",
        "steps": "7",
    }
    assert "seed" not in replace(chosen, weights=Weights(seed=7)).to_query()
    moment = replace(DEFAULT, weights=Weights(RUN, run="a-run", moment=8), input=Input(RUN))
    assert moment.to_query() == {"weights": "run", "run": "a-run", "moment": "8", "input": "run"}
    assert replace(DEFAULT, weights=Weights(FILE, file="/home/me/mine.safetensors")).to_query() == {"weights": "file"}


@pytest.mark.parametrize("rate", [0.0, 2e-4, 0.1 + 0.2, 1 / 3, 1e12])
def test_a_learning_rate_comes_back_as_it_was(rate: float) -> None:
    chosen = replace(DEFAULT, setup=Setup(lr=rate))
    assert Experiment.from_query(chosen.to_query())[0].setup.lr == rate


def test_older_addresses_are_read() -> None:
    assert Experiment.from_query({"taken": "7"}) == (Experiment(steps=7), ())
    assert Experiment.from_query({"taken": "7", "steps": "3"}) == (Experiment(steps=3), ())
    assert Experiment.from_query({"taken": "0"}) == (DEFAULT, ("taken",))
    for old, new in OLD_WEIGHTS.items():
        assert Experiment.from_query({"weights": old}) == (replace(DEFAULT, weights=Weights(new)), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("network", "AlexNet"),
        ("weights", "../../etc/passwd"),
        ("seed", "-1"),
        ("input", "file"),
        ("run", "../other"),
        ("run", ""),
        ("run", "x" * 41),
        ("moment", "-1"),
        ("moment", "9" * 9),
        ("digits", "1, x"),
        ("digits", "1 2 3 4 5 6 7 8 9"),
        ("digits", ""),
        ("digits", "9" * 1000),
        ("noise", "-1"),
        ("noise", "1e3"),
        ("noise", "٣"),
        ("label", "10"),
        ("loss", "CROSS"),
        ("target", "none"),
        ("optimizer", "__class__"),
        ("lr", "nan"),
        ("lr", "inf"),
        ("lr", "-0.1"),
        ("lr", "1e13"),
        ("lr", "fast"),
        ("weight_decay", "-1"),
        ("weight_decay", "nan"),
        ("weight_decay", "None"),
        ("weight_decay", ""),
        ("zero_grad", "None"),
        ("steps", "0"),
        ("steps", "101"),
        ("steps", "9" * 5000),
    ],
)
def test_what_does_not_fit_is_left_out_and_named(name: str, value: str) -> None:
    assert Experiment.from_query({name: value}) == (DEFAULT, (name,))


def test_other_names_are_none_of_its_business() -> None:
    assert Experiment.from_query({"utm": "x"}) == (DEFAULT, ())
    assert Experiment.from_query({"network": "AlexNet"}, ITERATION_NAMES) == (DEFAULT, ())
    assert READERS.keys() == DEFAULT.values().keys()


@given(pictures())
def test_any_picture_comes_back(picture: bytes) -> None:
    assert unpack_picture(pack_picture(picture)) == picture


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "AAAA",
        "x" * 100_000,
        packed(b"\0" * 100),  # too small
        packed(b"\0" * 1000),  # no square
        packed(b"\0" * 65**2),  # too large
        packed(b"\0" * 50_000_000)[:3990],  # would grow
        packed(b"\0" * 28**2)[:-8],  # cut off
    ],
)
def test_what_is_no_picture_is_left_out(text: str) -> None:
    assert unpack_picture(text) is None
    assert Experiment.from_query({"digit": text}) == (DEFAULT, ("digit",))


def test_an_experiment_that_cannot_be_is_refused() -> None:
    for make in (
        lambda: Weights("mine"),
        lambda: Weights(RANDOM, -1),
        lambda: Weights(RUN, run="a", moment=-1),
        lambda: Input("file"),
        lambda: Input(NOISE, noise=-1),
        lambda: Input(SHARED, picture=b"\0" * 100),
        lambda: Experiment(label=-1),
        lambda: Experiment(steps=0),
    ):
        with pytest.raises(ValueError):  # noqa: PT011  # it shows the whole value
            make()
    with pytest.raises(InputError, match="1 to 8 digits"):
        Input(MNIST, tuple(range(9)))


def test_the_weights_are_random_or_shipped_or_of_a_file(tmp_path: Path) -> None:
    def weight(chosen: Experiment) -> torch.Tensor:
        model = chosen.model()
        assert not model.training
        return model.get_parameter("fc1.weight")

    file = tmp_path / "own.safetensors"
    checkpoint.save(models.build("LightNet", 5), file, {})
    assert torch.equal(weight(Experiment("LightNet")), checkpoint.load("LightNet").get_parameter("fc1.weight"))
    for chosen in (Weights(RANDOM, 5), Weights(FILE, file=str(file))):
        built = models.build("LightNet", 5).get_parameter("fc1.weight")
        assert torch.equal(weight(Experiment("LightNet", chosen)), built)
    with pytest.raises(InputError, match="no network named"):
        Experiment("AlexNet").model()


def test_the_batch_is_the_input_with_its_label() -> None:
    digit = batch.of_mnist([5], 28)
    assert digit.pictures is not None
    drawn = replace(DEFAULT, input=Input(picture=digit.pictures[0].tobytes()))
    assert np.array_equal(drawn.batch(28).inputs, digit.inputs)
    assert drawn.batch(28).labels is None
    labels = replace(drawn, label=7).batch(28).labels
    assert labels is not None
    assert labels.tolist() == [7]
    assert np.array_equal(Experiment(input=Input(MNIST, (5,))).batch(28).inputs, digit.inputs)
    assert np.array_equal(Experiment(input=Input(NOISE, noise=3)).batch(32).inputs, batch.of_noise(3, 32).inputs)
    with pytest.raises(InputError, match="28×28"):
        drawn.batch(32)
    with pytest.raises(InputError, match="pad is empty"):
        DEFAULT.batch(28)
    with pytest.raises(InputError, match="not those of a run"):
        Experiment(input=Input(RUN)).batch(28)


@pytest.mark.parametrize("optimizer", ["SGD-momentum", "Adam"])
def test_a_run_takes_the_steps_that_pytorch_takes_and_goes_on_from_them(optimizer: str) -> None:
    chosen = Experiment("LightNet", Weights(RANDOM, 2), Input(MNIST, (1, 2)), setup=Setup(optimizer=optimizer))
    model, inputs = chosen.model(), chosen.batch(32)
    plain = chosen.model()
    update = OPTIMIZERS[optimizer].make(plain.parameters(), 0.01)
    assert update is not None
    x, labels = torch.from_numpy(inputs.inputs), torch.tensor(inputs.labels)
    expected = []
    for _ in range(4):
        loss = F.cross_entropy(plain(x), labels)
        expected.append(loss.item())
        update.zero_grad()
        loss.backward()
        update.step()
    three = run(replace(chosen, steps=3), model, inputs)
    assert three.losses == tuple(expected)
    one = run(chosen, model, inputs)
    assert one.losses == tuple(expected[:2])
    assert run(chosen, model, inputs, one) is one
    further = run(replace(chosen, steps=3), model, inputs, one)
    assert further.losses == three.losses
    assert three.iteration.after is not None
    assert further.iteration.after is not None
    for name, values in three.iteration.after.parameters.items():
        assert np.array_equal(values.array, further.iteration.after.parameters[name].array)
    other = run(replace(chosen, steps=2, setup=replace(chosen.setup, lr=0.5)), model, inputs, one)
    assert other.losses[0] == expected[0]
    assert other.losses[1] != expected[1], "another learning rate starts over"


def test_a_digit_on_the_pad_and_in_a_link_is_the_same_experiment() -> None:
    picture = bytes(range(196)) * 4
    pad, link = (replace(DEFAULT, input=Input(source, picture=picture), label=3) for source in ("pad", "shared"))
    assert link.continues(pad)
    assert replace(pad, input=replace(pad.input, digits=(7,))).continues(pad), "digits that are not the input"
    assert replace(pad, steps=2).continues(pad)
    for other in (
        replace(pad, steps=2),
        replace(pad, label=4),
        replace(pad, setup=Setup(lr=0.5)),
        replace(pad, input=Input(NOISE)),
        replace(pad, network="DigitCNN"),
        replace(pad, weights=Weights(RANDOM)),
    ):
        assert not pad.continues(other)


def test_a_run_ends_where_a_step_fails() -> None:
    model, inputs = FailsAfterStep(), batch.with_label(batch.of_noise(0, 28), 3)
    one = run(DEFAULT, model, inputs)
    three = run(replace(DEFAULT, steps=3), model, inputs, one)
    for found in (one, three):
        assert found.iteration.failure is not None
        assert found.iteration.failure.phase == "re-evaluate"
        assert len(found.losses) == 1
    assert three.experiment.steps == 3
