"""Tests of the deployment examples, run as their documentation describes."""
