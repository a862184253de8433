"""Experiment that several pages share: settings, presets, link and recording."""
