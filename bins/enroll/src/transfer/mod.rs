//! `enroll integration import` and `export`, `enroll token import`: over the management API of a
//! server that runs.

mod reading;
mod told;

use std::{
    fs::File,
    io::{self, Write},
    process::ExitCode,
};

use enroll_transfer::{Became, Entry, Losses, Prints, Schemas, Taken};
use serde_json::{Value, json};

use crate::{
    cli::{ExportOptions, ImportOptions, TokenOptions},
    client::{Server, segment, text},
    report::{self, Failure},
};
use reading::{Reading, token};
use told::Told;

/// Most lines sent at once, and about how many bytes.
const CHUNK_LINES_MAX: usize = 500;
const CHUNK_BYTES: usize = 2 << 20;

/// Moves a directory in, and compares both sides at the end.
pub(crate) async fn import(options: ImportOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let place = server.integration(&options.remote).await?;
    let token = token(&options)?;
    let mut import = Import {
        server: &server,
        place: &place,
        told: Told::new(&options.from),
        waiting: Vec::new(),
    };
    let mut reading = Reading::open(&options.from, token.as_deref())?;
    let mut losses = Losses::default();
    let mut chunk = Chunk::default();
    while let Some(lines) = reading.next(&mut losses).await? {
        for line in lines {
            chunk.add(&line);
            if chunk.is_full() {
                import.send(std::mem::take(&mut chunk)).await?;
            }
        }
    }
    import.send(chunk).await?;
    let Import {
        mut told, waiting, ..
    } = import;
    told.losses(&losses);

    report::aside("comparing both sides");
    let source = of_source(&options.from, token.as_deref()).await?;
    let here = of_server(&server, &place).await?;
    for (group, member) in waiting {
        if !here.contains(&member) {
            told.lost("a member that is not here; waits 30 days", &group);
        }
    }
    told.compared(&source, &here);
    report::line(&told.show(options.remote.json));
    Ok(if told.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Lines that are sent together.
#[derive(Default)]
struct Chunk {
    lines: usize,
    bytes: String,
}

impl Chunk {
    fn add(&mut self, line: &Value) {
        self.lines += 1;
        self.bytes.push_str(&line.to_string());
        self.bytes.push('\n');
    }

    fn is_full(&self) -> bool {
        self.lines >= CHUNK_LINES_MAX || self.bytes.len() >= CHUNK_BYTES
    }
}

struct Import<'a> {
    server: &'a Server,
    place: &'a str,
    told: Told,
    /// Members that were not here when their group came, with the group.
    waiting: Vec<(String, String)>,
}

impl Import<'_> {
    async fn send(&mut self, chunk: Chunk) -> Result<(), Failure> {
        if chunk.lines == 0 {
            return Ok(());
        }
        let path = format!("{}/import", self.place);
        let body = chunk.bytes.into_bytes();
        let answer = self
            .server
            .call("POST", &path, Some(("application/x-ndjson", body)))
            .await?;
        let mut answer: Value = serde_json::from_slice(answer.body())
            .map_err(|error| Failure::new(format!("the server's answer: {error}")))?;
        let items = answer.get_mut("items").map(Value::take).unwrap_or_default();
        let items: Vec<Taken> = serde_json::from_value(items)
            .map_err(|error| Failure::new(format!("the server's answer: {error}")))?;
        for item in items {
            let whom = if item.name.is_empty() {
                &item.id
            } else {
                &item.name
            };
            for name in &item.ignored {
                self.told.lost(&format!("attribute {name}"), whom);
            }
            if matches!(item.became, Became::Refused | Became::Kept) {
                let why = item.why.as_deref().unwrap_or("refused");
                self.told.lost(&format!("{}: {why}", item.kind), whom);
            }
            let group = whom.clone();
            self.waiting
                .extend(item.pending.iter().map(|id| (group.clone(), id.clone())));
            self.told.count(item.became);
        }
        report::aside(&self.told.progress());
        Ok(())
    }
}

/// Reads the source once more.
async fn of_source(from: &str, token: Option<&str>) -> Result<Prints, Failure> {
    let (schemas, mut prints) = (Schemas::standard(), Prints::default());
    let mut reading = Reading::open(from, token)?;
    while let Some(lines) = reading.next(&mut Losses::default()).await? {
        for line in lines {
            if let Ok(Some(entry)) = Entry::of(&schemas, line) {
                prints.add(&entry);
            }
        }
    }
    Ok(prints)
}

/// Reads what is here now.
async fn of_server(server: &Server, place: &str) -> Result<Prints, Failure> {
    let (schemas, mut prints) = (Schemas::standard(), Prints::default());
    let mut add = |lines: &[u8]| {
        for line in lines.split(|byte| *byte == b'\n') {
            if let Ok(Some(entry)) = Entry::read(&schemas, line) {
                prints.add(&entry);
            }
        }
        Ok(())
    };
    pages(server, place, &mut add).await?;
    Ok(prints)
}

/// Reads all pages of an export.
async fn pages(
    server: &Server,
    place: &str,
    take: &mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
) -> Result<(), Failure> {
    let mut after = String::new();
    loop {
        let path = format!("{place}/export{after}");
        let page = server.call("GET", &path, None).await?;
        take(page.body()).map_err(|error| Failure::new(format!("cannot write: {error}")))?;
        match page
            .headers()
            .get("x-next")
            .and_then(|next| next.to_str().ok())
        {
            Some(next) => after = format!("?after={}", segment(next)),
            None => return Ok(()),
        }
    }
}

/// Writes a directory out as lines.
pub(crate) async fn export(options: ExportOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let place = server.integration(&options.remote).await?;
    let mut out: Box<dyn Write + Send> = match &options.output {
        Some(path) => {
            let file = File::create(path).map_err(|error| Failure::io("write", path, &error))?;
            Box::new(file)
        }
        None => Box::new(io::stdout()),
    };
    let mut write = |lines: &[u8]| out.write_all(lines);
    pages(&server, &place, &mut write).await?;
    let flushed = out.flush();
    flushed.map_err(|error| Failure::new(format!("cannot write: {error}")))?;
    Ok(ExitCode::SUCCESS)
}

/// Takes a token of the provider by its digest.
pub(crate) async fn import_token(options: TokenOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let place = server.integration(&options.remote).await?;
    let body = json!({"sha256": options.sha256, "expires": options.expires});
    let body = Some(("application/json", body.to_string().into_bytes()));
    let answer = server
        .call("POST", &format!("{place}/tokens"), body)
        .await?;
    let made: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if options.remote.json {
        report::line(&made.to_string());
    } else {
        report::line(&format!(
            "token {} opens this integration until {}",
            text(&made, "id"),
            text(&made, "expires")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
