"""The server: Streamlit as an ASGI application, behind checks and limits."""
