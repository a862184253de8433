"""Entry point of `python -m lenet`."""

from __future__ import annotations

import sys

from lenet.cli import main

sys.exit(main())
