"""The start of a service's process."""

from __future__ import annotations

import gc
from importlib import import_module


def start(app: str) -> None:
    """Run the service that `definition` of the module `app` describes, until it is told to end.

    The garbage collector stands still while modules are loaded, which stay anyway: searching them
    again and again takes a tenth of the start.
    """
    gc.disable()
    definition = import_module(app).definition()
    # Loaded here, while the collector stands still.
    from chassis.running.service import run

    run(definition)
