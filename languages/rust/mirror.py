"""Where crates come from: the registry that cargo knows, or the mirror that `CRATES_IO_MIRROR` names."""
import os


def mirror_options():
    """Options of cargo that put the mirror in the place of the registry. Cargo takes this from no variable of its own."""
    address = os.environ.get("CRATES_IO_MIRROR") or os.environ.get("crates_io_mirror")
    if not address:
        return []
    index = address if "+" in address.split(":")[0] else "sparse+" + address
    return [
        "--config", 'source.crates-io.replace-with="mirror"',
        "--config", 'source.mirror.registry="%s"' % index,
    ]
