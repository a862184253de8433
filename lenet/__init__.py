"""Networks, data, recorded training steps and their explanations: everything in the playground that computes.

Results are frozen dataclasses of NumPy arrays and plain values. This package never imports Streamlit or Plotly.
"""
