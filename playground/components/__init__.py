"""Streamlit components: a folder each, with a Python wrapper, a JavaScript module and a style sheet."""
