"""Starts the template of an environment; returns from `serve` in its forks, which then are workers like any other."""
import sys

import bridge
from algorist_zygote import preload
from algorist_zygote.template import Template

preload.run()
Template().serve()
sys.exit(bridge.main())
