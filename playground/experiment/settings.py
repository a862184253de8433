"""Settings of the iteration: kept across pages, read from the address and written into it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np
import streamlit as st

from lenet.digits.ink import FIELD
from lenet.record import modes
from lenet.record.experiment import (
    EXAMPLE,
    ITERATION_NAMES,
    MAX_STEPS,
    MNIST,
    NOISE,
    OLD_NAMES,
    PAD,
    RUN,
    SHARED,
    Experiment,
)
from lenet.record.iteration import Setup
from lenet.record.query_text import Picture, digits_text, pixels, read_digits
from lenet.train.moment import Moment
from playground import location, notices, widgets
from playground.experiment import link, rate
from playground.experiment.recording import Recording
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("iteration_bar")
PAGES: Final = ("step", "graph", "gradients")
"""Pages whose address holds the settings."""
WIDGETS: Final = ("input", "digits", "noise", "example", *(field.name for field in fields(Setup)))
"""Values of an experiment that have a widget; the label's is given its value by the input."""
SHOWN_WITH: Final = {"digits": MNIST, "noise": NOISE, "example": EXAMPLE}
"""Settings whose widget is on the page with this input only."""
NUMBERS: Final = ("lr", "weight_decay")
"""Settings that are typed as numbers."""
MOST_LABELS: Final = 100


def key(name: str) -> str:
    """Key of a setting's widget."""
    return f"setting-{name}"


def get(name: str) -> Any:
    """Value of a setting's widget."""
    return st.session_state[key(name)]


def identity(picture: Picture) -> str:
    """Identifier of a digit, (side, side) uint8, padded with zeros; independent of the network's input size."""
    border = (len(picture) - FIELD) // 2
    middle = picture[border : border + FIELD, border : border + FIELD]
    return hashlib.sha256(np.ascontiguousarray(middle).tobytes()).hexdigest()


def noise_identity(seed: int) -> str:
    """Identifier of a random input."""
    return f"{NOISE} {seed}"


def labels() -> dict[str, int]:
    """Label of each input that was shown, by the input's identity."""
    found = visitor().settings.labels
    while len(found) > MOST_LABELS:
        del found[next(iter(found))]
    return found


def restore(page: str) -> None:
    """Set the widgets' values: for Streamlit, widgets with the same keys on another page are different ones."""
    here, state = visitor(), st.session_state
    own = here.settings
    moved = own.page != page
    own.page = page
    if not own.read or location.went_back():
        refused = here.once.refused_by_back
        if refused is None:
            refused = read(st.query_params.to_dict(), arrived=not own.read)
        if refused:
            rules = " ".join(map(link.allowed, refused))
            notices.warn(TEXT["address"].format(rules=rules))
        moved = True
    shown = here.experiment.input.source
    for name, value in _values().items():
        # For a widget that was not on the page, Streamlit may still have an outdated value.
        if moved or SHOWN_WITH.get(name, shown) != shown:
            state[key(name)] = value
        else:
            widgets.give(key(name), value)


def arrive(page: str) -> None:
    """Handle a change of the page, whose widgets don't have the previous page's values, and the browser's Back.

    Call this before the tab's memory is mounted, which needs the settings after Back in the same run.

    Args:
        page: path of the page in the address, which the page also passes to `restore`.
    """
    here = visitor()
    if here.settings.page != page:
        put_away()
    here.once.refused_by_back = None
    if page in PAGES and here.settings.read and location.went_back():
        here.once.refused_by_back = read(st.query_params.to_dict())


def put_away() -> None:
    """Note that the page shows no settings."""
    visitor().settings.page = None


def choose(experiment: Experiment) -> None:
    """Choose the settings of an experiment, without its network and label."""
    here = visitor()
    here.settings.digits = None
    here.experiment = replace(experiment, network=here.experiment.network, weights=here.experiment.weights, label=None)
    for name, value in _values().items():
        st.session_state[key(name)] = value


def choose_digit(index: int) -> None:
    """Choose one of MNIST's test digits as the input."""
    here = visitor()
    choose(replace(here.experiment, input=replace(here.experiment.input, source=MNIST, digits=(index,))))


def take_run_step(run: str, moment: Moment) -> None:
    """Choose the batch and the settings with which a run took its next step.

    Args:
        run: id of the run.
        moment: of the run.
    """
    own = visitor().settings
    own.read, own.given, own.run_step = True, False, (run, moment.step)
    choose(replace(visitor().experiment, input=replace(visitor().experiment.input, source=RUN), setup=moment.setup))
    start_over()


def take_setup(setup: Setup) -> None:
    """Choose a setup on a page whose input is shown already."""
    here = visitor()
    here.experiment = replace(here.experiment, setup=setup, steps=1)
    values = _values()
    for one in fields(Setup):
        st.session_state[key(one.name)] = values[one.name]


def read(query: Mapping[str, str], arrived: bool = False) -> tuple[str, ...]:
    """Read settings from an address, or from a tab's memory, which has the same format.

    Args:
        query: query parameters, not trusted.
        arrived: see `take`.

    Returns:
        Names of the parameters with invalid values, which are ignored.
    """
    experiment, refused = Experiment.from_query(query, ITERATION_NAMES)
    take(experiment, arrived)
    return refused


def take(experiment: Experiment, arrived: bool = False) -> None:
    """Choose the settings and the label of an experiment.

    Args:
        experiment: experiment, including its picture.
        arrived: True if the visitor has followed a link. A drawn digit in it is then shown as the link's own; otherwise
            the pad keeps its present drawing.
    """
    own = visitor().settings
    source, picture, label = experiment.input.source, experiment.input.picture, experiment.label
    if arrived or (source == SHARED and picture):
        own.shared = picture
    if source == SHARED and not own.shared:
        source = PAD
    elif source == PAD and arrived and picture:
        source = SHARED
    if label is not None:
        if source in (PAD, SHARED) and picture:
            labels()[identity(pixels(picture))] = label
        elif source == NOISE:
            labels()[noise_identity(experiment.input.noise)] = label
        elif arrived:
            own.given_label = label
    choose(replace(experiment, input=replace(experiment.input, source=source, picture=b"")))
    own.input, own.read, own.given = None, True, True


def chosen() -> Experiment:
    """Current experiment: from the page's widgets and, for the others, as last kept.

    If the input is the picture from an address, that picture is included, so that `take` accepts the result.
    """
    own, found = visitor().settings, _chosen()
    picture = own.shared if found.input.source == SHARED else b""
    return replace(found, input=replace(found.input, picture=picture))


def remember(picture: Picture | None, label: int | None) -> Experiment:
    """Store the widgets' values for the other pages.

    Args:
        picture: picture of the input, (side, side) uint8, None if it has none.
        label: label of the input, None if it can't be chosen.

    Returns:
        The experiment, including the picture.
    """
    here = visitor()
    here.experiment = found = replace(_chosen(), label=label)
    if found.input.source == MNIST:
        here.settings.digits = get("digits")
    return replace(found, input=replace(found.input, picture=b"" if picture is None else picture.tobytes()))


def _chosen() -> Experiment:
    here, state = visitor(), st.session_state
    if here.settings.page is None:
        return here.experiment
    shown = state.get(key("input"), here.experiment.input.source)
    values = {
        name: state[key(name)]
        for name in WIDGETS
        if state.get(key(name)) is not None and SHOWN_WITH.get(name, shown) == shown
    }
    if "digits" in values:
        values["digits"] = read_digits(values["digits"]) or here.experiment.input.digits
    for name in NUMBERS:
        if name in values:
            values[name] = _read(name, values[name])[0]
    return here.experiment.with_values(values)


def _values() -> dict[str, Any]:
    """Values of the widgets, by setting."""
    here = visitor()
    values = here.experiment.values()
    typed = here.settings.digits
    values["digits"] = digits_text(values["digits"]) if typed is None else typed
    values |= {name: _written(values[name]) for name in NUMBERS}
    values["mode"] = here.experiment.mode
    return {name: values[name] for name in WIDGETS}


def start_over() -> None:
    """Go back to the first step."""
    _set_steps(1)


def changed() -> None:
    """Handle a changed setting: start over, because the steps taken so far used the old value."""
    here = visitor()
    here.once.steps_ended = here.experiment.steps > 1
    start_over()


def number_changed(name: str) -> None:
    """Handle a changed number; replace an invalid one by the last valid one.

    Args:
        name: one of `NUMBERS`.
    """
    here = visitor()
    value, understood = _read(name, get(name))
    st.session_state[key(name)] = _written(value)
    if not understood:
        here.once.number_refused = name
    elif value != getattr(here.experiment.setup, name):
        changed()


def _read(name: str, typed: str) -> tuple[float | None, bool]:
    """Number that a visitor has typed, or the last valid one; and True if it is the typed one."""
    if name == "weight_decay" and not typed.strip():
        return None, True
    value = rate.read(typed)
    return (getattr(visitor().experiment.setup, name), False) if value is None else (value, True)


def _written(value: float | None) -> str:
    """Text of a number in its field."""
    return "" if value is None else rate.write(value)


def input_changed() -> None:
    """Handle another kind of input; that of a run comes with the run's own settings."""
    own = visitor().settings
    own.given, own.run_step = False, None
    changed()


def label_changed(source: str) -> None:
    """Handle a changed label of the input with this identity."""
    labels()[source] = int(get("label"))
    changed()


def step_further() -> None:
    """Take one more step."""
    _set_steps(min(visitor().experiment.steps + 1, MAX_STEPS))


def _set_steps(steps: int) -> None:
    here = visitor()
    here.experiment = replace(here.experiment, steps=steps)


def write(made: Recording) -> None:
    """Write the settings into the address, including a drawn digit, but no mode that the network doesn't depend on."""
    found = modes.differences(made.network.model)
    without = [*(() if found.differ else ("mode",)), *(() if found.draws else ("mask_seed",))]
    names = [name for name in ITERATION_NAMES if name not in without]
    location.put(made.experiment.to_query(names), (*ITERATION_NAMES, *OLD_NAMES))
