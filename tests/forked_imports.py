"""Processes of `tests.forked` begin with this: what they would all import and load one by one."""

from __future__ import annotations

import torch._dynamo  # noqa: F401 - the first optimizer imports it

import lenet.train.distributed
import lenet.train.run  # noqa: F401
from lenet.digits import mnist

mnist.load("train")
