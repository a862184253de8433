"""The networks of the playground at work: everything that computes, nothing that shows.

Results are frozen dataclasses of NumPy arrays and plain values. This package never imports Streamlit or Plotly.
"""
