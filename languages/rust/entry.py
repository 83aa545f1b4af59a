"""Finds how an algorithm is entered, and writes the program that the worker runs: `bin/pipe` in the artifact."""
import os
import re

from manifest import WrongManifest, read

LEGACY = re.compile(r"\balgo_entrypoint!|\b(?:struct|enum|type)\s+Algo\b|\buse\b[^;]*\bAlgo\s*[;,}]")
# Asynchronous functions of programs that use tokio run within its runtime.
TOKIO = """let runtime = ::tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("tokio starts");
    let _entered = runtime.enter();
    """
FUNCTION = r"^\s*pub\s+(async\s+)?fn\s+%s\s*(?:<[^>]*>)?\s*\(([^)]*)\)"


def main_for(library, has_tokio=False):
    """The source of the program for a library, and how it is entered in words."""
    path = os.path.relpath(library["src_path"])
    source = without_comments(read(path))
    crate = library["name"].replace("-", "_")
    if LEGACY.search(source):
        return program(crate, "::algorithmia::worker::serve_algo::<::%s::Algo>()" % crate), "%s: Algo" % path
    apply, load = (re.search(FUNCTION % name, source, re.M) for name in ("apply", "load"))
    if not apply:
        raise WrongManifest(
            "%s: expected `pub fn apply(input: String) -> Result<String, String>`, or `algo_entrypoint!`, or `pub struct "
            "Algo` with an EntryPoint%s" % (path, "; `apply` is not `pub`" if re.search(r"\bfn\s+apply\b", source) else "")
        )
    runtime = TOKIO if has_tokio and (apply.group(1) or (load and load.group(1))) else ""
    if not load:
        call = "::algorithmia::worker::run(|input| %s)" % called(apply, crate, "apply(input)")
        return program(crate, runtime + call), "%s: apply" % path
    takes_state = len([part for part in apply.group(2).split(",") if ":" in part]) > 1
    call = "::algorithmia::worker::load_and_run(|| %s, |input, %s| %s)" % (
        called(load, crate, "load()"),
        "state" if takes_state else "_",
        called(apply, crate, "apply(input, state)" if takes_state else "apply(input)"),
    )
    return program(crate, runtime + call), "%s: load and apply" % path


def called(function, crate, call):
    """A call whose future is waited for, where it is one."""
    call = "::%s::%s" % (crate, call)
    return "::algorithmia::worker::wait(%s)" % call if function.group(1) else call


def program(crate, call):
    return "extern crate algorithmia;\nextern crate %s;\n\nfn main() {\n    %s\n}\n" % (crate, call)


def without_comments(source):
    """Good enough to look for names: strings with `//` in them lose their rest."""
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", source, flags=re.S))


def own_program(targets, package_name):
    """The program of a package without a library, by name where there are several."""
    by_name = {target["name"]: target for target in targets}
    for name in ("algorithmia-pipe", "pipe", package_name):
        if name in by_name:
            return by_name[name]
    if len(targets) == 1:
        return targets[0]
    raise WrongManifest(
        "Cargo.toml: expected a library (src/lib.rs), or one program (src/main.rs) that calls `handler::run`; found %s"
        % (", ".join(sorted(by_name)) or "neither")
    )
