"""Settings of the recorded iteration, at the top of every page that shows it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

import streamlit as st

from lenet.digits import batch
from lenet.digits.batch import Batch
from lenet.errors import InputError
from lenet.networks import forward
from lenet.record import iteration, modes, optimizers
from lenet.record.experiment import (
    EXAMPLE,
    MAX_STEPS,
    MNIST,
    NOISE,
    PAD,
    PICTURE,
    RUN,
    SEEDS,
    SHARED,
    SHIPPED,
    Following,
)
from lenet.record.iteration import State
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.query_text import LAST_RATE, pixels, read_digits
from lenet.record.targets import LABEL, RANDOM
from lenet.train.moment import Moment
from playground import errors, session
from playground.experiment import own_input, pad_digit, preset_buttons, recording, run_step, settings
from playground.experiment.recording import Recording
from playground.experiment.settings import (
    changed,
    get,
    identity,
    input_changed,
    key,
    label_changed,
    labels,
    noise_identity,
    number_changed,
    start_over,
)
from playground.export.save_button import save_button
from playground.markdown import literal
from playground.network_title import class_name
from playground.number_words import number
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("iteration_bar")
PHASES: Final = text("step_view")
EXPLAINED: Final = "step"
"""Page that opens on a mistake of the network."""
INPUT_NAMES: Final = ("input", "digits", "noise", "digit", "label")
"""Parameters of an address that ask for an input."""


class Given(NamedTuple):
    """Input of the network.

    Attributes:
        batch: inputs with labels.
        label: label that the visitor can change, None if the labels come with the digits.
        moment: of the training run whose batch it is, None for another input.
        begin: state before the first step, None for that of the network alone.
    """

    batch: Batch
    label: int | None = None
    moment: Moment | None = None
    begin: State | None = None


def show(page: str) -> Recording | None:
    """Show the settings and record the iteration.

    Args:
        page: name of the page that shows the settings.

    Returns:
        The recording. If the settings allow none, the page shows why, and the last recording is returned, marked as
        stale; None if there is no last one.
    """
    network = session.current()
    error: str | None = None
    try:
        pad_digit.open_pad()
    except InputError as problem:
        error = errors.say(problem)  # the pad is then empty, but other inputs may work
    arrived = not visitor().settings.read
    settings.restore(page)
    own_input.offer(network, arrived)
    if arrived and page == EXPLAINED:
        _offer_mistake(network)
    _prefer_what_is_drawn(network)
    made: Recording | None = None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="iteration-bar"):
        with st.popover(TEXT["settings"], icon=":material/tune:"), st.container(key="iteration-settings"):
            try:
                given = _choose_input(network)
            except InputError as problem:
                given, error = None, errors.say(problem)
            _choose_setup()
            _choose_mode(network)
        for chip in _chips(given, network):
            st.markdown(chip, width="content")
        saving = st.container(width="content")
    pictures = given and given.batch.pictures
    drawn = pictures[0] if pictures is not None and get("input") in (PAD, SHARED) else None
    experiment = own_input.with_pixels(settings.remember(drawn, given and given.label))
    if given is not None:
        try:
            following: Following | None = None
            most = MAX_STEPS
            if given.moment is not None:
                following = run_step.following(network, given.moment, experiment.setup)
                most = min(MAX_STEPS, given.moment.settings.scheduled - given.moment.step)
            made = recording.make(network, experiment, given.batch, given.begin, following, most)
        except InputError as problem:
            error = errors.say(problem)
    once = visitor().once
    if once.number_refused == "lr":
        said = TEXT["lr-refused"].format(most=number(LAST_RATE), rate=number(experiment.setup.lr))
        st.warning(said, icon=":material/warning:")
    elif once.number_refused:
        decay = experiment.setup.weight_decay
        kept = _own_decay(experiment.setup.optimizer) if decay is None else number(decay)
        said = TEXT["weight-decay-refused"].format(most=number(LAST_RATE), decay=kept)
        st.warning(said, icon=":material/warning:")
    if made is None:
        return _instead(error or "")
    if error is not None:
        st.info(literal(error), icon=":material/info:")
    settings.write(made)
    with saving:
        save_button(made)
    if given is not None and given.moment is not None:
        st.markdown(run_step.sentence(made, given.moment))
    if once.steps_ended:
        st.toast(TEXT["over"], icon=":material/restart_alt:")
    failure = made.iteration.failure
    if failure is not None:
        message = literal(f"{failure.error}: {failure.message}")
        st.error(
            TEXT["failed"].format(phase=PHASES[f"phase_{failure.phase}"], message=message), icon=":material/error:"
        )
    if made.iteration.remark:
        st.info(literal(made.iteration.remark), icon=":material/info:")
    return made


def _instead(error: str) -> Recording | None:
    """Show why the settings allow no recording and what to do; return the last recording, marked as stale."""
    last = recording.current()
    words = literal(error) if last is None else f"{literal(error)} {TEXT['stale'].format(network=last.network.title)}"
    st.info(words, icon=":material/info:")
    if get("input") == PAD:
        st.page_link("draw/page.py", label=TEXT["draw"], icon=":material/draw:")
    if last is None:
        preset_buttons.offer()
        return None
    return replace(last, stale=True)


def _prefer_what_is_drawn(network: Network) -> None:
    """Replace the digit from the link by one that the visitor draws.

    A drawing that the browser has returned replaces it only if it is the same digit: the link was the visitor's own.
    """
    own, drawn = visitor().settings, pad_digit.drawn()
    fresh = drawn is not None and drawn != own.drawing
    came_back = own.came_back
    own.drawing, own.came_back = drawn, False
    if fresh:
        if own.example is not None and (get("input"), get("digits")) == (MNIST, str(own.example)):
            st.session_state[key("input")] = PAD
            start_over()
        own.example = None
    if (fresh or came_back) and get("input") == SHARED:
        picture = pad_digit.picture(network)
        same = picture is not None and identity(picture) == identity(pixels(own.shared))
        if same or not came_back:
            st.session_state[key("input")] = PAD
        if not same and not came_back:
            start_over()


def _offer_mistake(network: Network) -> None:
    """Begin with a digit that the network misreads, unless the visitor has drawn or followed a link to an input."""
    asked = any(name in st.query_params for name in INPUT_NAMES)
    if asked or pad_digit.drawn() is not None or network.weights != SHIPPED or network.own is not None:
        return
    with suppress(InputError):  # MNIST can't be read: the pad is there
        visitor().settings.example = index = session.misread(network)
        settings.choose_digit(index)


def _choose_input(network: Network) -> Given:
    own = visitor().settings
    kinds = [*own_input.kinds(network), PAD, *([SHARED] if own.shared else []), MNIST, NOISE]
    if network.weights == RUN or get("input") == RUN:
        kinds.append(RUN)
    kind = st.selectbox(
        TEXT["input"],
        kinds,
        format_func=lambda kind: TEXT[f"input-{kind}"],
        key=key("input"),
        on_change=input_changed,
    )
    if kind == RUN:
        found, which = run_step.of(network), (network.run, network.moment)
        if own.given:  # an address may ask for other settings than the run's
            own.given, own.run_step = False, which
        elif own.run_step != which:
            own.run_step = which
            settings.take_setup(found.setup)
        return Given(found.batch, moment=found, begin=run_step.begin(network, found))
    if kind in (EXAMPLE, PICTURE):
        if kind == EXAMPLE:
            last = own_input.count(network) - 1
            st.session_state[key("example")] = min(last, get("example") or 0)
            st.number_input(TEXT["example"], 0, last, key=key("example"), on_change=changed)
        return _own(network, kind)
    if kind == MNIST:
        typed = st.text_input(
            TEXT["digits"],
            key=key("digits"),
            help=TEXT["digits-help"].format(most=batch.MOST),
            on_change=changed,
            width=150,
        )
        indices = read_digits(typed)
        if indices is None:
            raise InputError("batch-digits", most=batch.MOST)
        return Given(batch.of_mnist(indices, network.form))
    if kind == NOISE:
        seed = st.number_input(TEXT["seed"], 0, SEEDS - 1, key=key("noise"), on_change=changed)
        noise = batch.of_noise(seed, network.form)
        label = _choose_label(noise_identity(seed), noise, network)
        return Given(batch.with_label(noise, label), label)
    picture = pixels(own.shared) if kind == SHARED else pad_digit.picture(network)
    if picture is None:
        raise InputError("pad-empty")
    if picture.shape != (network.size, network.size):
        raise InputError("picture-size", side=picture.shape[0], size=network.size, name=network.title)
    source = identity(picture)
    if own.input not in (None, source):
        changed()
    own.input = source
    drawn = batch.of_pictures(picture[None], None, network.form)
    label = _choose_label(source, drawn, network, pad_digit.label() if kind == PAD else None)
    return Given(batch.with_label(drawn, label), label)


def _own(network: Network, kind: str) -> Given:
    """Input of a network of one's own: an example, whose label may come with it, or a picture."""
    found = own_input.batch(network, kind, get("example") if kind == EXAMPLE else 0)
    if found.labels is not None:
        return Given(found)
    label = _choose_label(own_input.identity(network, kind, get("example") if kind == EXAMPLE else 0), found, network)
    return Given(batch.with_label(found, label), label)


def _choose_label(source: str, unlabelled: Batch, network: Network, known: int | None = None) -> int:
    """Show the choice of the label and return it. It starts as the known label, else as the network's prediction.

    Labels are stored by their inputs, so that none is ever shown beside another input.
    """
    own = visitor().settings
    if own.given_label is not None:
        labels()[source], own.given_label = own.given_label, None
    elif source not in labels():
        if known is None:  # switched-off channels don't change which digit was drawn
            known = forward.run(network.whole or network.model, unlabelled.inputs[0]).prediction
        labels()[source] = known
    if labels()[source] >= network.classes:  # given for a network with more classes
        labels()[source] = forward.run(network.whole or network.model, unlabelled.inputs[0]).prediction
    st.session_state[key("label")] = labels()[source]
    needed = get("target") == LABEL and LABEL in LOSSES[str(get("loss"))].targets
    return st.selectbox(
        TEXT["label"],
        range(network.classes),
        format_func=partial(class_name, network.name),
        key=key("label"),
        help=TEXT["label-help"],
        disabled=not needed,
        on_change=label_changed,
        args=(source,),
    )


def _choose_setup() -> None:
    loss = st.selectbox(
        TEXT["loss"],
        list(LOSSES),
        format_func=lambda loss: TEXT[f"loss-{loss}"],
        key=key("loss"),
        on_change=changed,
    )
    targets = LOSSES[loss].targets
    if get("target") not in targets:
        st.session_state[key("target")] = next(iter(targets))
    st.selectbox(
        TEXT["optimizer"],
        list(OPTIMIZERS),
        format_func=lambda name: TEXT.get(f"optimizer-{name}", name),
        key=key("optimizer"),
        on_change=changed,
    )
    # Not a number field: a browser's swallows a decimal comma, so that 0,5 becomes 5.
    st.text_input(TEXT["lr"], key=key("lr"), on_change=number_changed, args=("lr",))
    target = st.selectbox(
        TEXT["target"],
        list(targets),
        format_func=lambda target: TEXT[f"target-{targets[target].form}"],
        key=key("target"),
        on_change=changed,
    )
    st.number_input(
        TEXT["target-seed"],
        0,
        SEEDS - 1,
        key=key("target_seed"),
        disabled=target != RANDOM,
        on_change=changed,
    )
    st.text_input(
        TEXT["weight-decay"],
        placeholder=_own_decay(get("optimizer")),
        key=key("weight_decay"),
        help=TEXT["weight-decay-help"],
        on_change=number_changed,
        args=("weight_decay",),
    )
    st.selectbox(
        TEXT["zero-grad"],
        iteration.ZERO_GRAD,
        format_func=lambda way: TEXT[f"zero-grad-{way}"],
        key=key("zero_grad"),
        help=TEXT["zero-grad-help"],
        on_change=changed,
    )


def _choose_mode(network: Network) -> None:
    """Show the choice of the mode, and of the seed of the masks, for a network that depends on them."""
    found = modes.differences(network.model)
    if found.differ:
        st.selectbox(
            TEXT["mode"],
            modes.MODES,
            format_func=lambda mode: TEXT[f"mode-{mode}"],
            key=key("mode"),
            help=TEXT["mode-help"].format(layers=", ".join(found.layers) or TEXT["mode-unseen"]),
            on_change=changed,
        )
    if not found.draws or get("input") == RUN:  # a run has its own seeds
        return
    if get("mask_seed") >= SEEDS:
        st.session_state[key("mask_seed")] = 0
    st.number_input(
        TEXT["mask-seed"],
        0,
        SEEDS - 1,
        key=key("mask_seed"),
        help=TEXT["mask-seed-help"],
        disabled=found.differ and get("mode") == modes.EVAL,
        on_change=changed,
    )


def _chips(given: Given | None, network: Network) -> list[str]:
    """Each setting in use in a few words of Markdown; those that are rarely changed only if they are."""
    kind, optimizer = get("input"), get("optimizer")
    named = {MNIST: "digits", NOISE: "noise", EXAMPLE: "example"}
    detail = get(named[kind]) if kind in named else ""
    chips = [f"{TEXT[f'input-{kind}']} {detail}".strip()]
    if given is not None and given.label is not None:
        chips.append(f"{TEXT['label']} {class_name(session.current().name, given.label)}")
    chips += [TEXT[f"loss-{get('loss')}"], TEXT.get(f"optimizer-{optimizer}", optimizer), f"lr {get('lr')}"]
    targets = LOSSES[str(get("loss"))].targets
    if get("target") != next(iter(targets)):  # the loss doesn't compare with the label beside it
        chips.append(TEXT["target-in-use"].format(target=TEXT[f"target-{targets[str(get('target'))].form}"]))
    if get("weight_decay"):
        chips.append(TEXT["weight-decay-in-use"].format(decay=get("weight_decay")))
    way = get("zero_grad")
    if way != iteration.ZERO_GRAD[0]:
        chips.append(f"{TEXT['zero-grad']} {TEXT[f'zero-grad-{way}']}")
    found, mode = modes.differences(network.model), get("mode")
    if found.differ:
        drawn = found.draws and mode == modes.TRAIN and kind != RUN
        chips.append(TEXT["mode-in-use-seeded" if drawn else "mode-in-use"].format(mode=mode, seed=get("mask_seed")))
    return [literal(chip) for chip in chips]


def _own_decay(optimizer: str) -> str:
    """Name of PyTorch's default weight decay of an optimizer."""
    return TEXT["weight-decay-own"].format(decay=number(float(optimizers.find(optimizer).defaults["weight_decay"])))
