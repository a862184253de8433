"""Ink stages: how a drawing becomes the network's input, each stage as a picture with a switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Final

import numpy as np
import streamlit as st
from PIL import Image

from lenet.digits.ink import CENTER, Ink, Steps
from playground.components import mount
from playground.visitor import visitor

DRAWN_SIDE: Final = 56
"""Side in pixels of the stage that shows the pad's own picture."""

_mount = mount.component("ink_stages")


def ink_steps(key: str) -> Steps:
    """Stages that the visitor has switched on; invalid values are ignored. Call this before `ink_stages`."""
    sent = st.session_state.get(key)
    keep_steps(key, sent.get("steps") if isinstance(sent, Mapping) else None)
    return visitor().sent.stages.get(key, Steps())


def keep_steps(key: str, value: object) -> None:
    """Store the switches that the browser has sent or kept for the stages with this key; `ink_steps` checks them."""
    names = [field.name for field in fields(Steps)]
    if isinstance(value, Mapping) and all(isinstance(value.get(name), bool) for name in names):
        visitor().sent.stages[key] = Steps(**{name: value[name] for name in names})


def ink_stages(*, key: str, ink: Ink, steps: Steps, revision: int = 0, ticket: str | None = None) -> None:
    """Show the stages.

    Args:
        key: key of the component.
        ink: the drawing at each stage.
        steps: value of `ink_steps`.
        revision: number of the drawing.
        ticket: classifier whose newer values may arrive over the fast path, see `playground.draw.fast_path`.
    """
    _mount(
        key=key,
        data={"ticket": ticket, "steps": asdict(steps), "center": CENTER, **changing(ink, revision)},
        on_steps_change=mount.keep,
    )


def changing(ink: Ink, revision: int) -> dict[str, object]:
    """Part of the component's data that changes with the drawing; arguments as in `ink_stages`."""
    small = Image.fromarray(ink.drawn).reduce(max(1, ink.drawn.shape[0] // DRAWN_SIDE))
    pictures = {
        "drawn": np.asarray(small),
        "box": ink.boxed,
        "antialias": ink.smoothed,
        "center": ink.centered,
        "pad": ink.padded,
    }
    return {
        "revision": revision,
        "pictures": [
            {"name": name, "width": picture.shape[1], "height": picture.shape[0]} for name, picture in pictures.items()
        ],
        "pixels": b"".join(picture.tobytes() for picture in pictures.values()),
        "empty": ink.empty,
        "drawn": ink.drawn.shape[0],
        "box": [side / ink.drawn.shape[0] for side in ink.box],
        "mass": list(ink.center),
    }
