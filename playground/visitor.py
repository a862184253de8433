"""All that a visitor has open, as one typed object in Streamlit's session. Widgets keep their values beside it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import streamlit as st

from lenet.networks.ablation import Off
from lenet.record.experiment import Experiment

if TYPE_CHECKING:
    from playground.experiment.recording import Recording
    from playground.session import Network

KEY: Final = "visitor"


@dataclass
class NetworkChoice:
    """The sidebar.

    Attributes:
        read: the address has been read.
        refused: names in the address whose values can't be had, said until the visitor chooses.
        in_use: the network that the pages show.
        own: the network of the visitor's file, with its name and the file's id.
        refused_file: id of the last file whose weights didn't fit.
        lost_file: name of a file that the visitor had uploaded to an earlier session.
        uploads: number of the upload field; a new one is empty.
        off: channels that are switched off, None until the address has been read.
        off_refused: error message about the channels in the address.
        ablated: the last network with channels switched off, after the one that it was made of.
    """

    read: bool = False
    refused: tuple[str, ...] = ()
    in_use: Network | None = None
    own: tuple[tuple[str, str], Network] | None = None
    refused_file: str | None = None
    lost_file: str | None = None
    uploads: int = 0
    off: Off | None = None
    off_refused: str | None = None
    ablated: tuple[Network, Network] | None = None


@dataclass
class Settings:
    """The settings of the iteration, on the pages that have them.

    Attributes:
        read: the address has been read, or what a browser tab kept.
        page: name of the page whose widgets show them, None on another page.
        digits: the list of test digits as the visitor typed it, None where it is as the experiment has it.
        shared: the picture that came with the address, b"" for none.
        labels: label of each input that was on show, by its identity.
        given_label: label of the address, for the first input on show.
        input: identity of the drawing that went in last.
        drawing: number of the drawing that was on the pad last.
        came_back: the browser has given back the drawing that it kept.
        before_preset: experiment and channels switched off before the last preset.
    """

    read: bool = False
    page: str | None = None
    digits: str | None = None
    shared: bytes = b""
    labels: dict[str, int] = field(default_factory=dict)
    given_label: int | None = None
    input: str | None = None
    drawing: int | None = None
    came_back: bool = False
    before_preset: tuple[Experiment, Off] | None = None


@dataclass
class Once:
    """Facts for one run of the page, which `end_run` forgets.

    Attributes:
        refused_by_back: names that the browser's Back asked for with values that can't be had; None without Back.
        rate_refused: the visitor has typed a learning rate that can't be had.
        steps_ended: the visitor has changed a setting when several steps had been taken.
        recorded_again: the visitor has asked for the first step again.
    """

    refused_by_back: tuple[str, ...] | None = None
    rate_refused: bool = False
    steps_ended: bool = False
    recorded_again: bool = False


@dataclass
class Visitor:
    """What one visitor has open.

    Attributes:
        id: identifies this session, so that the browser notices another one.
        experiment: as the visitor has chosen it; its picture is in `settings` or on the pad.
        network: the sidebar.
        settings: those of the iteration.
        recording: the iteration on show, None before the first.
        recordings: number of the last recording, from a number that no other session of the same page began with.
        once: facts for one run of the page.
        told: the browser tab has been asked for what it keeps.
    """

    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    experiment: Experiment = field(default_factory=Experiment)
    network: NetworkChoice = field(default_factory=NetworkChoice)
    settings: Settings = field(default_factory=Settings)
    recording: Recording | None = None
    recordings: int = field(default_factory=lambda: secrets.randbelow(2**40))
    once: Once = field(default_factory=Once)
    told: bool = False


def visitor() -> Visitor:
    """The visitor whose page runs."""
    found: Visitor = st.session_state.setdefault(KEY, Visitor())
    return found


def end_run() -> None:
    """Forget what was for this run of the page. A run that another one cuts short doesn't come to this."""
    visitor().once = Once()
