"""State of a visitor as one typed object in Streamlit's session. Widgets keep their values beside it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import streamlit as st

from lenet.digits.drawing import Canvas
from lenet.explain.mode_gap import Gap
from lenet.networks.ablation import Off
from lenet.networks.stack import Stack
from lenet.record.experiment import Experiment
from lenet.train.settings import Training

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from lenet.convolution.answers import Answers
    from lenet.convolution.equivariance import Shifts
    from lenet.digits.ink import Steps
    from lenet.errors import InputError
    from lenet.explain.finite_differences import Check
    from lenet.train.evaluate import Evaluation
    from playground.components.drawing_pad import PadBase, PadChoice, PadError, PadEvents
    from playground.components.network_view import Unit
    from playground.experiment.recording import Recording
    from playground.runs.moments import View
    from playground.session import Network

KEY: Final = "visitor"


@dataclass
class NetworkChoice:
    """State of the sidebar.

    Attributes:
        read: True once the address has been read.
        refused: parameters of the address with invalid values, reported until the visitor chooses.
        in_use: the network that the pages show.
        built: name of the last network that is a list of layers, "" for none.
        own: name and file id of the visitor's own network, and the network.
        refused_file: id of the last file whose weights didn't fit.
        lost_file: name of a file that the visitor had uploaded to an earlier session.
        uploads: number of the upload field; a new one is empty.
        off: channels that are switched off, None until the address has been read.
        off_refused: error about the channels in the address.
        ablated: a network, and the last copy of it with channels switched off.
    """

    read: bool = False
    refused: tuple[str, ...] = ()
    in_use: Network | None = None
    built: str = ""
    own: tuple[tuple[str, str], Network] | None = None
    refused_file: str | None = None
    lost_file: str | None = None
    uploads: int = 0
    off: Off | None = None
    off_refused: InputError | None = None
    ablated: tuple[Network, Network] | None = None


@dataclass
class Settings:
    """State of the iteration's settings.

    Attributes:
        read: True once the address or the tab's memory has been read.
        page: name of the page whose widgets show the settings, None if the current page has none.
        digits: the list of test digits as typed by the visitor, None to format the experiment's own.
        shared: picture from the address, b"" for none.
        labels: label of each input that was shown, by the input's identity.
        given_label: label from the address, for the first input that is shown.
        input: identity of the last drawing that was the input.
        drawing: number of the last drawing on the pad.
        came_back: True if the browser has returned the drawing that it kept.
        before_preset: experiment and channels switched off before the last preset.
        run_step: run and moment whose own settings the visitor got last.
        given: True if the settings have just been read, and a run's own don't replace them.
        example: index of the test digit with which the Step page opened, None once the visitor has drawn.
        offered: name of the network whose own examples were offered as the input.
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
    run_step: tuple[str, int] | None = None
    given: bool = False
    example: int | None = None
    offered: str = ""


@dataclass
class Pad:
    """State of the drawing pad.

    Attributes:
        opened: True once the pad has received its first ink.
        base: ink to put on the pad, None for none.
        choice: number of the drawing on the pad, and the digits of a picture to choose from while it is the last.
        error: message to show under the pad.
        canvas: the drawing in pixels, to which the next points are added.
        picture: number of the last picture file that was answered.
        pixels: shape and bytes of the picture that a network reads which doesn't read digits, None for none.
        file: name of that picture's file.
    """

    opened: bool = False
    base: PadBase | None = None
    choice: tuple[int, PadChoice] | None = None
    error: PadError | None = None
    canvas: Canvas = field(default_factory=Canvas)
    picture: int = 0
    pixels: tuple[tuple[int, ...], bytes] | None = None
    file: str = ""

    def put(self, base: PadBase | None) -> None:
        """Put this ink on the pad."""
        self.opened, self.base = True, base


@dataclass
class Script:
    """State of the button that opens a page's script.

    Attributes:
        asked: name of the page after a click, until a run of the whole page begins; else "".
        due: the same in that run, until the script is open.
    """

    asked: str = ""
    due: str = ""


@dataclass
class Keep:
    """State of the panel with kept drawings.

    Attributes:
        uploads: number of the upload field; a new one is empty.
        changed: True if a drawing was kept since the whole page has begun to run.
        problem: error about keeping a drawing.
    """

    uploads: int = 0
    changed: bool = False
    problem: InputError | None = None


@dataclass
class StepPage:
    """State of the Step page.

    Attributes:
        at: stop of the player, from 0; None before the first.
        records: number of the last record that the visitor asked for, counting the initial one as the first.
        accuracies: number of a recording, and its accuracies before and after the step.
        gap: number of a recording, and its comparison of the modes.
        gap_accuracies: likewise, with the accuracies of the comparison.
    """

    at: int | None = None
    records: int = 1
    accuracies: tuple[int, tuple[float, float]] | None = None
    gap: tuple[int, Gap] | None = None
    gap_accuracies: tuple[int, tuple[float | None, ...]] | None = None


@dataclass
class GraphPage:
    """State of the Graph page, except its selected nodes, which are among the kept values.

    Attributes:
        unit: the unit of the network's picture that was opened last.
        found: graph, recording and node that the typed expression belongs to.
        problem: error about the expression.
    """

    unit: Unit | None = None
    found: tuple[str, int, int] | None = None
    problem: InputError | None = None


@dataclass
class GradientsPage:
    """State of the Gradients page.

    Attributes:
        entry: parameter and index of the selected entry; None before the first.
        clicks: number of clicks on bars; each scrolls the explanation into view.
        clicked: the last bar that was clicked for each bias.
        check: recording and entry of the last check, and the check.
        at_input: number of a recording, and its gradient with respect to the input.
    """

    entry: tuple[str, tuple[int, ...]] | None = None
    clicks: int = 0
    clicked: dict[str, int] = field(default_factory=dict)
    check: tuple[object, Check] | None = None
    at_input: tuple[int, NDArray[Any]] | None = None


@dataclass
class AutogradPage:
    """State of the Autograd page.

    Attributes:
        results: the last result of each exercise.
        nodes: the selected box of each small graph.
    """

    results: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, str | None] = field(default_factory=dict)


@dataclass
class ConvolutionPage:
    """State of the Convolution page, except its options and settings, which are among the kept values.

    Attributes:
        shown: the last picture of each part whose options were possible, by the part's name.
        tickets: name with which each part's component asks for pictures.
        answers: network and digit, and the network's answers to that digit shifted, rotated and scaled.
        shifts: a convolution and its input, and the differences between both orders for all shifts.
        taken: True if the visitor has put a digit on the pad, which is to be shown.
    """

    shown: dict[str, Any] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)
    answers: tuple[tuple[Network, bytes], Answers] | None = None
    shifts: tuple[object, Shifts] | None = None
    taken: bool = False


@dataclass
class TrainPage:
    """State of the Train page.

    Attributes:
        read: True once the address has been read.
        refused: names of the address with invalid values.
        settings: those that the page shows, and starts a run with.
        drawings: digest of the kept drawings that a run would train on, "" for none.
        run: id of the run that the page shows, "" for none.
        shown: that run's id, whether it was active, and whether it had a checkpoint, when the page was last built.
        started: number of runs that the visitor has started.
        problem: error about naming or deleting a run.
        uploads: number of the upload field; a new one is empty.
        upload_problem: error about an uploaded run.
        sent_digit: run, its process and the digit that it was last told to classify.
        views: pictures of networks on the page, by the keys of their components.
        evaluation: run and step, and their evaluation on the test digits.
    """

    read: bool = False
    refused: tuple[str, ...] = ()
    settings: Training = field(default_factory=Training)
    drawings: str = ""
    run: str = ""
    shown: tuple[str, bool, bool] = ("", False, False)
    started: int = 0
    problem: InputError | None = None
    uploads: int = 0
    upload_problem: InputError | None = None
    sent_digit: tuple[object, ...] = ()
    views: dict[str, View] = field(default_factory=dict)
    evaluation: tuple[tuple[str, int], Evaluation] | None = None


@dataclass
class BuildPage:
    """State of the Build page.

    Attributes:
        read: True once the address has been read.
        layers: the layers that the page shows.
        network: name of the network in use when the page was last shown.
        before: those before each change, the last one last.
    """

    read: bool = False
    layers: Stack = field(default_factory=Stack)
    network: str = ""
    before: list[Stack] = field(default_factory=list)


@dataclass
class Sent:
    """Last valid values that components have sent, by the component's key.

    Attributes:
        drawings: checked messages of the drawing pad.
        documents: drawings as sent by the pad, so that none is parsed twice.
        stages: ink stages that are switched on.
        revisions: numbers of the last picks that were handled.
    """

    drawings: dict[str, PadEvents] = field(default_factory=dict)
    documents: dict[str, object] = field(default_factory=dict)
    stages: dict[str, Steps] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)


@dataclass
class TabMemory:
    """State of the browser tab's memory.

    Attributes:
        told: True once this session has received the tab's state.
        kept: values that the tab keeps, by the key of their widget or another name.
        waiting: unchecked values that the tab has returned and no page has registered yet.
    """

    told: bool = False
    kept: dict[str, str | int | float] = field(default_factory=dict)
    waiting: dict[str, object] = field(default_factory=dict)


@dataclass
class Notices:
    """Warnings about the address.

    Attributes:
        shown: warnings of this run.
        repeated: warnings of the previous run that are shown again.
    """

    shown: list[str] = field(default_factory=list)
    repeated: tuple[str, ...] = ()


@dataclass
class Once:
    """Facts for one run of the page; `end_run` resets them.

    Attributes:
        refused_by_back: parameters with invalid values in the address after the browser's Back; None without Back.
        number_refused: name of the setting, learning rate or weight decay, in which the visitor has typed an invalid
            number; or "".
        language_refused: True if the address names a language that does not exist.
        steps_ended: True if the visitor has changed a setting after several steps were taken.
        recorded_again: True if the visitor has asked to record the first step again.
    """

    refused_by_back: tuple[str, ...] | None = None
    number_refused: str = ""
    language_refused: bool = False
    steps_ended: bool = False
    recorded_again: bool = False


@dataclass
class Visitor:
    """State of one visitor.

    Attributes:
        id: identifies this session, so that the browser notices a new one.
        owner: secret for a browser that has none yet, see `playground.owner`.
        language: language of the texts, None until it is decided.
        experiment: the visitor's choices; the picture is in `settings` or on the pad.
        network: state of the sidebar.
        settings: state of the iteration's settings.
        recording: the recording that the pages show, None before the first.
        recordings: number of the last recording, counted from a random number, so that sessions don't share numbers.
        evaluation: a network, and its evaluation on all test digits.
        pad: state of the drawing pad.
        keep: state of the panel with kept drawings.
        script: state of the button that opens a page's script.
        step: state of the Step page.
        graph: state of the Graph page.
        gradients: state of the Gradients page.
        autograd: state of the Autograd page.
        convolution: state of the Convolution page.
        train: state of the Train page.
        build: state of the Build page.
        sent: values that components have sent.
        memory: state of the browser tab's memory.
        notices: warnings about the address.
        once: facts for one run of the page.
    """

    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    owner: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    language: str | None = None
    experiment: Experiment = field(default_factory=Experiment)
    network: NetworkChoice = field(default_factory=NetworkChoice)
    settings: Settings = field(default_factory=Settings)
    recording: Recording | None = None
    recordings: int = field(default_factory=lambda: secrets.randbelow(2**40))
    evaluation: tuple[Network, Evaluation] | None = None
    pad: Pad = field(default_factory=Pad)
    keep: Keep = field(default_factory=Keep)
    script: Script = field(default_factory=Script)
    step: StepPage = field(default_factory=StepPage)
    graph: GraphPage = field(default_factory=GraphPage)
    gradients: GradientsPage = field(default_factory=GradientsPage)
    autograd: AutogradPage = field(default_factory=AutogradPage)
    convolution: ConvolutionPage = field(default_factory=ConvolutionPage)
    train: TrainPage = field(default_factory=TrainPage)
    build: BuildPage = field(default_factory=BuildPage)
    sent: Sent = field(default_factory=Sent)
    memory: TabMemory = field(default_factory=TabMemory)
    notices: Notices = field(default_factory=Notices)
    once: Once = field(default_factory=Once)


def visitor() -> Visitor:
    """State of the visitor whose page is running."""
    # One look-up, because a page asks hundreds of times, mostly for the language of a text.
    try:
        found: Visitor = st.session_state[KEY]
    except KeyError:
        found = st.session_state[KEY] = Visitor()
    return found


def end_run() -> None:
    """Reset `Once` at the end of a run of the page; a run that another one interrupts doesn't get here."""
    visitor().once = Once()
