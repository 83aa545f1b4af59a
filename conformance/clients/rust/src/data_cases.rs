//! Hosted data as the crate sees it: by `/v1/connector/data`, with `X-Data-Type` on every answer that it reads.

use std::env;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use algorithmia::data::{DataAcl, DataDir, DataFile, DataItem, DataType, HasDataPath, ReadAcl};
use algorithmia::error::{ApiError, Error};
use algorithmia::Algorithmia;

use crate::report::{equal, is_true, Report};
use crate::{setting, text};

const LARGE_BYTES: usize = 20 * 1024 * 1024;
const FILES: usize = 5;
// The crate joins names to its address as they are: `?`, `#` and `%` are its caller's to encode.
const NAMES: [&str; 4] = ["two words.txt", "Grüße 漢字 😀.txt", "a+b=c&d.txt", "it's(1);~*.txt"];

fn client() -> Algorithmia {
    Algorithmia::new().expect("a client from the environment")
}

/// A collection that is not there yet.
fn unmade() -> DataDir {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    client().dir(&format!("data://.my/Rust{}", now.as_nanos()))
}

fn new_directory() -> Result<DataDir, String> {
    let directory = unmade();
    directory.create(DataAcl::default()).map_err(text)?;
    Ok(directory)
}

fn new_file(name: &str) -> Result<DataFile, String> {
    Ok(new_directory()?.child(name))
}

fn content_of(file: &DataFile) -> Result<String, String> {
    file.get().map_err(text)?.into_string().map_err(text)
}

/// The platform's message inside the crate's error.
fn refusal<T>(reply: Result<T, Error>) -> Result<String, String> {
    let error = match reply {
        Ok(_) => return Err("it was not refused".into()),
        Err(error) => error,
    };
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(each) = source {
        if let Some(api) = each.downcast_ref::<ApiError>() {
            return Ok(api.message.clone());
        }
        source = each.source();
    }
    Err(text(&error))
}

fn names_of(directory: &DataDir) -> Result<Vec<String>, String> {
    directory
        .list()
        .map(|item| match item.map_err(text)? {
            DataItem::File(file) => Ok(file.basename().unwrap_or_default()),
            DataItem::Dir(dir) => Ok(format!("{}/", dir.basename().unwrap_or_default())),
        })
        .collect()
}

pub fn check(report: &mut Report) {
    files(report);
    directories(report);
    listings(report);
    permissions(report);
}

fn files(report: &mut Report) {
    report.check("text and bytes that are put come back", || {
        let file = new_file("file.bin")?;
        for value in ["Grüße 漢字 😀", "", "shorter"] {
            file.put(value).map_err(text)?;
            equal(content_of(&file)?.as_str(), value)?;
        }
        let bytes = vec![0_u8, 1, 255, 254];
        file.put(bytes.clone()).map_err(text)?;
        let data = file.get().map_err(text)?;
        equal(data.size, 4_u64)?;
        equal(data.into_bytes().map_err(text)?, bytes)
    });
    report.check("20 MiB from a local file go up and come down the same", || {
        let content: Vec<u8> = (0..LARGE_BYTES).map(|index| (index * 31 % 251) as u8).collect();
        let path = env::temp_dir().join(format!("algorist-rust-{}.bin", std::process::id()));
        fs::write(&path, &content).map_err(text)?;
        let directory = new_directory()?;
        directory.put_file(&path).map_err(text)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_string();
        let file: DataFile = directory.child(&name);
        fs::remove_file(&path).map_err(text)?;
        let came_back = file.get().map_err(text)?.into_bytes().map_err(text)?;
        is_true(came_back == content, "it came back changed")
    });
    report.check("a file exists after put() and not after delete()", || {
        let file = new_file("file.txt")?;
        equal(file.exists().map_err(text)?, false)?;
        file.put("x").map_err(text)?;
        equal(file.exists().map_err(text)?, true)?;
        file.delete().map_err(text)?;
        equal(file.exists().map_err(text)?, false)
    });
    report.check("a missing file is named by the exact text", || {
        let file = new_file("missing.txt")?;
        equal(refusal(file.get())?.as_str(), "path not found")?;
        equal(refusal(file.delete())?.as_str(), "path not found")
    });
    report.check("names with spaces, plus signs and letters of all kinds are kept", || {
        let directory = new_directory()?;
        for name in NAMES {
            directory.child::<DataFile>(name).put(name).map_err(text)?;
        }
        let mut found = names_of(&directory)?;
        found.sort();
        let mut expected = NAMES.to_vec();
        expected.sort_unstable();
        equal(found, expected)?;
        for name in NAMES {
            equal(content_of(&directory.child(name))?.as_str(), name)?;
        }
        Ok(())
    });
    report.check("the type of what is there is told by HEAD", || {
        let file = new_file("file.txt")?;
        file.put("x").map_err(text)?;
        let type_of = |uri: String| client().data(&uri).get_type().map_err(text);
        is_true(matches!(type_of(file.to_data_uri())?, DataType::File), "no file")?;
        let parent = file.parent().ok_or("no parent")?;
        is_true(matches!(type_of(parent.to_data_uri())?, DataType::Dir), "no directory")?;
        match client().data(&file.to_data_uri()).into_type().map_err(text)? {
            DataItem::File(found) => equal(found.size, 1_u64),
            DataItem::Dir(_) => Err("a directory".into()),
        }
    });
}

fn directories(report: &mut Report) {
    report.check("a directory exists after create() and not after delete()", || {
        let directory = unmade();
        equal(directory.exists().map_err(text)?, false)?;
        directory.create(ReadAcl::Private).map_err(text)?;
        equal(directory.exists().map_err(text)?, true)?;
        equal(directory.delete(false).map_err(text)?.deleted, 0_u64)?;
        equal(directory.exists().map_err(text)?, false)
    });
    report.check("a directory with files is deleted by force alone, which counts the files", || {
        let directory = new_directory()?;
        for index in 0..FILES {
            directory.child::<DataFile>(&format!("{}.txt", index)).put("x").map_err(text)?;
        }
        is_true(refusal(directory.delete(false))?.starts_with("directory not empty"), "another reason")?;
        equal(directory.delete(true).map_err(text)?.deleted, FILES as u64)?;
        equal(directory.exists().map_err(text)?, false)
    });
    report.check("a second directory of a name, a wrong name and a missing directory are refused with a reason", || {
        let directory = new_directory()?;
        is_true(!refusal(directory.create(DataAcl::default()))?.is_empty(), "no reason")?;
        let hyphen = client().dir("data://.my/has-hyphen");
        is_true(!refusal(hyphen.create(DataAcl::default()))?.is_empty(), "no reason")?;
        equal(refusal(unmade().delete(true))?.as_str(), "path not found")
    });
}

fn listings(report: &mut Report) {
    report.check("an empty directory has no entries, a missing one is an error", || {
        equal(names_of(&new_directory()?)?, Vec::<String>::new())?;
        match unmade().list().next() {
            Some(entry) => equal(refusal(entry)?.as_str(), "path not found"),
            None => Err("it is empty".into()),
        }
    });
    report.check("a listing has time and size of each file", || {
        let directory = new_directory()?;
        directory.child::<DataFile>("five.txt").put("12345").map_err(text)?;
        match directory.list().next() {
            Some(Ok(DataItem::File(file))) => {
                equal(file.size, 5_u64)?;
                let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(text)?;
                let age = now.as_secs() as i64 - file.last_modified.timestamp();
                is_true(age.abs() < 60, format!("{} s old", age))
            }
            _ => Err("no file".into()),
        }
    });
    report.check("the root begins with the caller, whose folder lists the collections", || {
        let owner = setting("CASES_OWNER");
        let root = names_of(&client().dir("data://"))?;
        equal(root.first(), Some(&format!("{}/", owner)))?;
        let name = format!("{}/", new_directory()?.basename().unwrap_or_default());
        is_true(names_of(&client().dir("data://.my"))?.contains(&name), "it is missing")
    });
    report.check("more files than fit on a page are listed once each, in order", || {
        let size: usize = setting("CASES_CROWD_SIZE").parse().map_err(text)?;
        let names: Vec<String> = (0..size).map(|index| format!("{:05}.txt", index)).collect();
        let found = names_of(&client().dir(&format!("data://.my/{}", setting("CASES_CROWD"))))?;
        is_true(found == names, format!("{} names", found.len()))
    });
}

fn permissions(report: &mut Report) {
    report.check("a stranger reads what was created public and nothing else, and writes nothing", || {
        let stranger = Algorithmia::client(setting("CASES_STRANGER_KEY").as_str()).map_err(text)?;
        for (acl, is_readable) in [(ReadAcl::Public, true), (ReadAcl::MyAlgorithms, false), (ReadAcl::Private, false)] {
            let directory = unmade();
            directory.create(acl).map_err(text)?;
            directory.child::<DataFile>("a.txt").put("x").map_err(text)?;
            let path = directory.to_data_uri().replace(".my", &setting("CASES_OWNER"));
            let seen = stranger.file(&format!("{}/a.txt", path));
            if is_readable {
                equal(content_of(&seen)?.as_str(), "x")?;
            } else {
                is_true(refusal(seen.get())?.contains("not authorized"), "another reason")?;
            }
            is_true(refusal(seen.put("changed"))?.contains("not authorized"), "another reason")?;
            is_true(refusal(seen.delete())?.contains("not authorized"), "another reason")?;
        }
        Ok(())
    });
}
