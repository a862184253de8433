"""Settings of a training, with presets and the button that starts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from lenet.errors import InputError
from lenet.networks import stack
from lenet.record.experiment import FILE, RANDOM, SEEDS, SHIPPED
from lenet.record.optimizers import OPTIMIZERS
from lenet.train import presets
from lenet.train.presets import PRESETS
from lenet.train.schedule import SCHEDULES
from lenet.train.settings import RANGES, READERS, TRAINABLE, Training
from playground import errors, location, notices, session, sidebar, widgets
from playground.experiment import rate
from playground.network_title import network_title
from playground.number_words import Count
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("train")
OPTIONS: Final = text("iteration_bar")
SHOWN: Final = ("fast", "notes")
"""Presets that the page offers; the others are the recipes of the included weights."""
PREFIX: Final = "train_"
"""Start of the names in an address, because Step has other settings with the same names."""
NAMES: Final = tuple(f"{PREFIX}{name}" for name in READERS if name not in ("network", "device"))
STARTS: Final = (RANDOM, SHIPPED, FILE)
WHOLE: Final = ("batch", "epochs", "digits", "hold_out", "handwritten", "own", "seed", "weights_seed")
UNSET: Final = {"weight_decay": "weight_decay-default", "stop_at": "stop_at-none"}
"""Words for the settings that may be left out."""
OPEN: Final = "train-open"
"""Start of the key of the settings; a new key closes them."""
DRAWN: Final = 10_000
"""Synthetic digits that are drawn before a run that has any."""


def key(name: str) -> str:
    """Key of a setting's widget."""
    return f"train-{name}"


def begin() -> None:
    """Read the address, and give the widgets their values. Call this before anything else of the panel."""
    page = visitor().train
    if not page.read or location.went_back():
        _read_address()
    for name, value in _flat(page.settings).items():
        widgets.give(key(name), value)


def show(drawings: int, *, folded: bool) -> Training | None:
    """Show the settings, below one line that sums them up.

    Args:
        drawings: number of drawings that the visitor has kept.
        folded: True to show only that line until it is clicked.

    Returns:
        The settings for the network of the sidebar; None where they don't go together, which the page then says.
    """
    page, state = visitor().train, st.session_state
    found: Training | None = None
    problem: InputError | None = None
    try:
        found = _typed(session.current().name, bool(drawings))
    except InputError as error:
        problem = error
    label = TEXT["settings"] if found is None else _summary(found)
    with (
        st.expander(label, expanded=not folded, key=f"{OPEN}-{page.started}", icon=":material/tune:"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="train-settings"),
    ):
        starts = sidebar.sources(STARTS, session.current().name, key("weights"))
        st.selectbox(TEXT["start"], starts, format_func=_start, key=key("weights"))
        _whole("weights_seed", 0, SEEDS - 1, disabled=state[key("weights")] != RANDOM)
        st.selectbox(TEXT["loss"], TRAINABLE, format_func=_loss, key=key("loss"))
        st.selectbox(TEXT["optimizer"], list(OPTIMIZERS), format_func=_optimizer, key=key("optimizer"))
        st.text_input(TEXT["lr"], key=key("lr"))
        st.selectbox(
            TEXT["schedule"],
            list(SCHEDULES),
            format_func=_schedule,
            key=key("schedule"),
            help=TEXT["schedule-help"],
        )
        st.text_input(TEXT["weight_decay"], key=key("weight_decay"), placeholder=TEXT["weight_decay-default"])
        _whole("batch", *RANGES["batch"])
        _whole("epochs", *RANGES["epochs"])
        _whole("digits", *RANGES["digits"])
        _whole("hold_out", 0, 20_000)
        _whole("seed", 0, SEEDS - 1)
        st.text_input(TEXT["stop_at"], key=key("stop_at"), placeholder=TEXT["stop_at-none"])
        _whole("handwritten", *RANGES["handwritten"])
        _whole("own", *RANGES["own"], disabled=not drawings)
        st.toggle(TEXT["augment"], key=key("augment"), help=TEXT["augment-help"])
    for refused in page.refused:
        notices.warn(TEXT["refused"].format(name=TEXT.get(refused, refused)))
    page.refused = ()
    if found is None or problem is not None:
        st.warning(errors.say(problem or InputError("training-settings")), icon=":material/warning:")
        return None
    page.settings = found
    _write_address(found)
    return found


def in_words(settings: Training) -> dict[str, str]:
    """Settings as the page names them, by their names on the page."""
    words: dict[str, str] = {TEXT["network"]: network_title(settings.network)}
    named: Mapping[str, Callable[[Any], str]] = {
        "weights": _start,
        "loss": _loss,
        "optimizer": _optimizer,
        "schedule": _schedule,
        "augment": _switch,
    }
    for name, value in _flat(settings).items():
        title = TEXT["start"] if name == "weights" else TEXT[name]
        words[title] = named[name](value) if name in named else str(value) or TEXT[UNSET[name]]
    return words


def _summary(settings: Training) -> str:
    return TEXT["summary"].format(
        network=network_title(settings.network),
        start=_start(settings.weights.source),
        loss=_loss(settings.loss),
        optimizer=_optimizer(settings.optimizer),
        lr=rate.write(settings.lr),
        schedule=_schedule(settings.schedule),
        batch=Count(settings.batch),
        epochs=Count(settings.epochs),
        steps=Count(settings.steps),
    )


def show_presets(drawings: int) -> None:
    """Show a button for each preset.

    Args:
        drawings: number of drawings that the visitor has kept.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="train-presets"):
        st.caption(TEXT["presets"], width="content")
        for name in SHOWN:
            st.button(
                TEXT[f"preset-{name}"],
                key=f"preset-train-{name}",
                type="tertiary",
                help=TEXT[f"preset-{name}-help"],
                on_click=partial(_apply, PRESETS[name]),
            )
        st.button(
            TEXT["preset-own"],
            key="preset-train-own",
            type="tertiary",
            help=TEXT["preset-own-help" if drawings else "preset-own-none"],
            disabled=not drawings or stack.is_name(visitor().experiment.network),
            on_click=_fine_tune,
        )


def _apply(preset: Training) -> None:
    """Take over a preset, with its network."""
    sidebar.choose(replace(visitor().experiment, network=preset.network))
    put(preset)


def _fine_tune() -> None:
    here = visitor()
    put(presets.fine_tune(here.experiment.network, here.train.drawings))


def put(settings: Training) -> None:
    """Show these settings."""
    visitor().train.settings = settings
    for name, value in _flat(settings).items():
        st.session_state[key(name)] = value


def _whole(name: str, low: int, high: int, *, disabled: bool = False) -> None:
    st.number_input(TEXT[name], low, min(high, 10**9), key=key(name), help=TEXT.get(f"{name}-help"), disabled=disabled)


def _start(source: str) -> str:
    return TEXT[f"start-{source}"]


def _loss(name: str) -> str:
    return OPTIONS[f"loss-{name}"]


def _optimizer(name: str) -> str:
    return OPTIONS.get(f"optimizer-{name}", name)


def _schedule(name: str) -> str:
    return TEXT[f"schedule-{name}"]


def _switch(on: bool) -> str:
    return TEXT["on" if on else "off"]


def _flat(settings: Training) -> dict[str, Any]:
    """Values of the widgets."""
    return {
        "weights": settings.weights.source,
        "weights_seed": min(settings.weights.seed, SEEDS - 1),
        "loss": settings.loss,
        "optimizer": settings.optimizer,
        "lr": rate.write(settings.lr),
        "schedule": settings.schedule,
        "batch": settings.batch,
        "epochs": settings.epochs,
        "weight_decay": "" if settings.weight_decay is None else rate.write(settings.weight_decay),
        "digits": settings.digits,
        "hold_out": settings.hold_out,
        "seed": min(settings.seed, SEEDS - 1),
        "stop_at": "" if settings.stop_at is None else f"{100 * settings.stop_at:g}",
        "augment": settings.augment,
        "handwritten": settings.handwritten,
        "own": settings.own,
    }


def _typed(network: str, drawings: bool) -> Training:
    """Settings in the widgets.

    Raises:
        InputError: a value can't be read or is out of range, or they don't go together.
    """
    state = st.session_state
    names: dict[str, Any] = {name: state[key(name)] for name in ("loss", "optimizer", "schedule", "augment")}
    numbers: dict[str, Any] = {name: int(state[key(name)]) for name in WHOLE if name not in ("weights_seed", "own")}
    numbers["own"] = int(state[key("own")]) if drawings else 0
    start = replace(Training().weights, source=state[key("weights")], seed=int(state.get(key("weights_seed"), 0)))
    percent = _number("stop_at")
    return replace(
        Training(),
        network=network,
        weights=start,
        lr=_number("lr", needed=True),
        weight_decay=_number("weight_decay"),
        stop_at=None if percent is None else percent / 100,
        handwriting=DRAWN if numbers["handwritten"] else 0,
        drawings=visitor().train.drawings if numbers["own"] else "",
        **names,
        **numbers,
    )


def _number(name: str, *, needed: bool = False) -> Any:
    typed = str(st.session_state[key(name)]).strip()
    if not typed and not needed:
        return None
    found = rate.read(typed)
    if found is None:
        raise InputError("training-typed", name=TEXT[name], typed=typed[:40])
    return found


def _read_address() -> None:
    page = visitor().train
    query: Mapping[str, str] = {
        name.removeprefix(PREFIX): value for name, value in st.query_params.to_dict().items() if name in NAMES
    }
    if query or not page.read:
        found, page.refused = Training.from_query(query)
        page.settings = found if query else PRESETS["fast"]
        for name, value in _flat(page.settings).items():
            st.session_state[key(name)] = value
    page.read = True


def _write_address(settings: Training) -> None:
    location.put(
        {f"{PREFIX}{name}": value for name, value in settings.to_query().items() if f"{PREFIX}{name}" in NAMES}, NAMES
    )
