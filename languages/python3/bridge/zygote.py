"""Starts the template of an environment; `serve` returns in its forks, which then are workers like any other."""
import sys

import bridge
from algorist_zygote import preload
from algorist_zygote.template import Template

preload.run()
line = Template(sys.argv[1:]).serve()
sys.exit(bridge.main(line))
