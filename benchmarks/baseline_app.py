"""Baseline to compare with: a drawing page from a ready-made canvas and a Plotly figure for each map."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch
from PIL import Image
from streamlit_drawable_canvas import st_canvas
from torch.nn import functional as F

from lenet.networks import checkpoint


@st.cache_resource
def load() -> torch.nn.Module:
    return checkpoint.load("LeNet5")


st.set_page_config(layout="wide")
model = load()
canvas = st_canvas(
    stroke_width=25,
    stroke_color="white",
    background_color="black",
    width=280,
    height=280,
    return_image_data=True,
    key="canvas",
)
if canvas.image_data is not None:
    picture = Image.fromarray(canvas.image_data[..., 0].astype(np.uint8)).resize((32, 32))
    digit = torch.tensor(np.asarray(picture), dtype=torch.float32)[None, None] / 255
    with torch.no_grad():
        conv1 = model.conv1(digit)
        conv2 = model.conv2(F.max_pool2d(F.relu(conv1), 2))
        probabilities = torch.softmax(model(digit)[0], 0)
    best = int(probabilities.argmax())
    st.markdown(f"Prediction: **{best}** with {probabilities[best]:.4%}")
    for name, maps in (("conv1", conv1[0]), ("conv2", conv2[0])):
        columns = st.columns(6)
        for channel, values in enumerate(maps):
            figure = go.Figure(go.Heatmap(z=values.numpy(), colorscale="RdBu", zmid=0))
            figure.update_layout(title=f"{name} {channel + 1}")
            columns[channel % 6].plotly_chart(figure, key=f"{name}-{channel}")
