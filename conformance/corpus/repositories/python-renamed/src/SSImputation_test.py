from . import SSImputation
