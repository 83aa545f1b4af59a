//! The programs of the cases, all in one so that one run of the compiler makes them: the name of the folder that it is
//! started in says which one it is.

mod entry_points;
mod modern;

use algorithmia::worker::serve_algo;

fn main() {
    let folder = std::env::current_dir().expect("there is a working directory");
    let case = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match case {
        "takes-text" => serve_algo::<entry_points::takes_text::Algo>(),
        "takes-bytes" => serve_algo::<entry_points::takes_bytes::Algo>(),
        "takes-json" => serve_algo::<entry_points::takes_json::Algo>(),
        "takes-any" => serve_algo::<entry_points::takes_any::Algo>(),
        "takes-decoded" => serve_algo::<entry_points::takes_decoded::Algo>(),
        "has-state" => serve_algo::<entry_points::has_state::Algo>(),
        _ => modern::start(case),
    }
}
