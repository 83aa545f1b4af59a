"""Starts the template of an environment whose forks wait with another language's program (algorist_zygote/runtime.py)."""
import sys

from algorist_zygote.template import Template

Template(sys.argv[1:]).serve()
