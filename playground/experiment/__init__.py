"""The experiment that pages share: its settings, presets, link and recording."""
