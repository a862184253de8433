"""State of a visitor as one typed object in Streamlit's session. Widgets keep their values beside it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import streamlit as st

from lenet.digits.drawing import Canvas
from lenet.networks.ablation import Off
from lenet.record.experiment import Experiment

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from lenet.digits.ink import Steps
    from lenet.explain.finite_differences import Check
    from lenet.train.evaluate import Evaluation
    from playground.components.drawing_pad import PadBase, PadChoice, PadError, PadEvents
    from playground.components.network_view import Unit
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
class Pad:
    """The drawing pad.

    Attributes:
        opened: it has been given its first ink.
        base: ink for it, None for none.
        choice: digits of a picture to choose one from, after the number of the drawing that was on the pad then.
        error: message for it.
        canvas: the drawing in pixels, to which the next points are added.
    """

    opened: bool = False
    base: PadBase | None = None
    choice: tuple[int, PadChoice] | None = None
    error: PadError | None = None
    canvas: Canvas = field(default_factory=Canvas)

    def put(self, base: PadBase | None) -> None:
        """Put this ink on the pad."""
        self.opened, self.base = True, base


@dataclass
class StepPage:
    """The Step page.

    Attributes:
        at: stop of the player, from 0; None before the first.
        records: number of the last record that the visitor asked for, where the first is the one that was there.
        accuracies: before and after the step, after the number of its recording.
    """

    at: int | None = None
    records: int = 1
    accuracies: tuple[int, tuple[float, float]] | None = None


@dataclass
class GraphPage:
    """The Graph page, but for its selected nodes, which are among the kept values.

    Attributes:
        unit: of the network's picture, that was opened last.
        found: graph, recording and node that the typed expression belongs to.
        problem: error message about the expression.
    """

    unit: Unit | None = None
    found: tuple[str, int, int] | None = None
    problem: str | None = None


@dataclass
class GradientsPage:
    """The Gradients page.

    Attributes:
        entry: parameter and index of the number that the visitor looks at; None before the first.
        clicks: number of clicks on bars, each of which brings the explanation into view.
        clicked: the bar of each bias that was clicked last.
        check: the last check, after the recording and the entry that it is of.
        at_input: the last gradient at the input, after the number of its recording.
    """

    entry: tuple[str, tuple[int, ...]] | None = None
    clicks: int = 0
    clicked: dict[str, int] = field(default_factory=dict)
    check: tuple[object, Check] | None = None
    at_input: tuple[int, NDArray[Any]] | None = None


@dataclass
class AutogradPage:
    """The Autograd page.

    Attributes:
        results: the last result of each exercise.
        nodes: the selected box of each small graph.
    """

    results: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, str | None] = field(default_factory=dict)


@dataclass
class Sent:
    """The last valid values that components have sent, by the component's key.

    Attributes:
        drawings: of the drawing pad.
        documents: drawings as the pad has sent them, so that none is parsed twice.
        stages: that are on.
        revisions: numbers of the last picks that were taken.
    """

    drawings: dict[str, PadEvents] = field(default_factory=dict)
    documents: dict[str, object] = field(default_factory=dict)
    stages: dict[str, Steps] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)


@dataclass
class TabMemory:
    """The browser tab's memory.

    Attributes:
        told: the tab has been asked for what it keeps.
        kept: values that it keeps, by the key of their widget or another name.
        waiting: unchecked values that it has given back, until a page names them.
    """

    told: bool = False
    kept: dict[str, str | int | float] = field(default_factory=dict)
    waiting: dict[str, object] = field(default_factory=dict)


@dataclass
class Notices:
    """Warnings about the address.

    Attributes:
        shown: in this run.
        repeated: those of the run before that are shown again.
    """

    shown: list[str] = field(default_factory=list)
    repeated: tuple[str, ...] = ()


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
    """State of one visitor.

    Attributes:
        id: identifies this session, so that the browser notices another one.
        experiment: as the visitor has chosen it; its picture is in `settings` or on the pad.
        network: the sidebar.
        settings: those of the iteration.
        recording: the iteration on show, None before the first.
        recordings: number of the last recording, from a number that no other session of the same page began with.
        evaluation: of the network in use on all test digits, after that network.
        pad: the drawing pad.
        step: the Step page.
        graph: the Graph page.
        gradients: the Gradients page.
        autograd: the Autograd page.
        sent: values that components have sent.
        memory: the browser tab's memory.
        notices: warnings about the address.
        once: facts for one run of the page.
    """

    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    experiment: Experiment = field(default_factory=Experiment)
    network: NetworkChoice = field(default_factory=NetworkChoice)
    settings: Settings = field(default_factory=Settings)
    recording: Recording | None = None
    recordings: int = field(default_factory=lambda: secrets.randbelow(2**40))
    evaluation: tuple[Network, Evaluation] | None = None
    pad: Pad = field(default_factory=Pad)
    step: StepPage = field(default_factory=StepPage)
    graph: GraphPage = field(default_factory=GraphPage)
    gradients: GradientsPage = field(default_factory=GradientsPage)
    autograd: AutogradPage = field(default_factory=AutogradPage)
    sent: Sent = field(default_factory=Sent)
    memory: TabMemory = field(default_factory=TabMemory)
    notices: Notices = field(default_factory=Notices)
    once: Once = field(default_factory=Once)


def visitor() -> Visitor:
    """The visitor whose page runs."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Visitor()
    found: Visitor = st.session_state[KEY]
    return found


def end_run() -> None:
    """Forget what was for this run of the page. A run that another one cuts short doesn't come to this."""
    visitor().once = Once()
