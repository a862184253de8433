"""Server of the playground: Streamlit as an ASGI application, behind checks and limits."""
