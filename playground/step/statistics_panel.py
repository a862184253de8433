"""Panel of a batch norm in training mode: the batch's statistics, and how the running ones moved."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lenet.explain import batch_statistics
from lenet.explain.batch_statistics import BatchStatistics, Running
from playground.experiment.recording import Recording
from playground.number_words import grouped, number
from playground.text import text

TEXT: Final = text("running_statistics")


def show(made: Recording, layer: str | None = None) -> None:
    """Show the statistics of a batch norm that ran in training mode; nothing where there is none.

    Args:
        made: the recording.
        layer: name of the batch norm; None for a choice of those that the network has.
    """
    names = batch_statistics.layers(made.iteration)
    if not names or (layer is not None and layer not in names):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(TEXT["title"], anchor=False)
        if layer is None:
            layer = names[0]
            if len(names) > 1:
                layer = st.selectbox(TEXT["layer"], names, key="statistics-layer", width=220)
    found = batch_statistics.of(made.iteration, layer)
    if found is None or found.running_mean is None or found.running_variance is None:
        st.info(TEXT["none"].format(layer=layer), icon=":material/info:")
        return
    st.markdown(TEXT["introduction"].format(layer=layer, count=grouped(found.count), less=grouped(found.count - 1)))
    event = st.dataframe(
        _table(found, found.running_mean, found.running_variance),
        hide_index=True,
        key=f"statistics-{made.revision}-{layer}",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [0]}},
        height="content" if len(found.mean) < 9 else 320,
    )
    rows = event["selection"]["rows"]
    channel = rows[0] if rows and 0 <= rows[0] < len(found.mean) else 0
    st.markdown(TEXT["work"].format(channel=channel))
    st.dataframe(
        {
            TEXT["what"]: [found.running_mean.name, TEXT["unbiased"], found.running_variance.name],
            TEXT["formula"]: [
                _move(found, found.running_mean, channel),
                f"{number(found.variance[channel], 6)} · {found.count} / {found.count - 1}",
                _move(found, found.running_variance, channel),
            ],
            TEXT["result"]: [
                number(found.running_mean.worked(found.momentum)[channel], 6),
                number(found.unbiased[channel], 6),
                number(found.running_variance.worked(found.momentum)[channel], 6),
            ],
            TEXT["recorded"]: [
                number(found.running_mean.after[channel], 6),
                "",
                number(found.running_variance.after[channel], 6),
            ],
        },
        hide_index=True,
        key=f"statistics-work-{made.revision}-{layer}",
        height="content",
    )
    st.caption(TEXT["note"].format(momentum=number(found.momentum)))


def _table(found: BatchStatistics, mean: Running, variance: Running) -> dict[str, list[str]]:
    """One row per channel."""
    columns = {
        TEXT["mean"]: found.mean,
        TEXT["mean-before"]: mean.before,
        TEXT["mean-after"]: mean.after,
        TEXT["variance"]: found.variance,
        TEXT["variance-before"]: variance.before,
        TEXT["variance-after"]: variance.after,
    }
    return {TEXT["channel"]: [str(channel) for channel in range(len(found.mean))]} | {
        label: [number(float(value), 5) for value in values] for label, values in columns.items()
    }


def _move(found: BatchStatistics, running: Running, channel: int) -> str:
    """Formula of a running statistic's move, with its numbers."""
    old, towards = (number(values[channel], 6) for values in (running.before, running.moved_to))
    towards = f"({towards})" if towards.startswith("−") else towards
    old = f"({old})" if old.startswith("−") else old
    return f"{number(1 - found.momentum)} · {old} + {number(found.momentum)} · {towards}"
