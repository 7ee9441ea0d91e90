//! `enroll dev`: the whole path in one process, to look at.

use std::{fs, path::Path, process::ExitCode};

use enroll::{
    Builder, Enroll, Place,
    deliver::{HttpSink, SigningSecret, Target},
    sync::{Capabilities, Event, Op, Preset},
    tenants::Secret,
};

use crate::{
    alerts::Terminal,
    cli::DevOptions,
    in_use, listen,
    report::{self, Failure},
    seed,
};

/// The tenant that `dev` makes.
const TENANT: &str = "demo";
/// Its integration; the same on every start, so that a base URL once pasted stays good.
const INTEGRATION: &str = "int_demo";

/// Runs until it is told to stop.
pub(crate) async fn run(options: DevOptions) -> Result<ExitCode, Failure> {
    if !options.listen.ip().is_loopback() {
        return Err(Failure::new(format!(
            "--listen {} is not a loopback address; dev has throw-away secrets: use `enroll serve` to be reached from outside",
            options.listen
        )));
    }
    let idp = listen::known_idp(&options.idp)?;
    let given = options.token.as_deref().map(Secret::given).transpose();
    let given = given.map_err(|error| Failure::new(format!("--token: {error}")))?;
    fs::create_dir_all(&options.data)
        .map_err(|error| Failure::io("make the folder", &options.data, &error))?;
    let secrets = seed::secrets(&options.data)?;
    let token = given.unwrap_or(secrets.token);
    let given = options.sink_secret.as_deref().map(SigningSecret::parse);
    let given = given.transpose();
    let given = given.map_err(|error| Failure::new(format!("--sink-secret: {error}")))?;
    let sink_secret = given.unwrap_or(secrets.sink);
    if token.expose() == secrets.key.expose() {
        return Err(Failure::new(
            "--token is this folder's management key; a provider must not hold that",
        ));
    }
    let stop = listen::Stop::catch()?;
    let (listener, address) = listen::bind(options.listen).await?;
    let origin = format!("http://{address}");
    let data = fs::canonicalize(&options.data)
        .map_err(|error| Failure::io("find", &options.data, &error))?;

    let mut builder = builder(&options, &data, &origin).manage_key(secrets.key.clone());
    if let Some(url) = &options.sink {
        builder = builder.http_sink(sink(url, &sink_secret, &options)?);
    }
    let enroll = builder.start().await?;
    let tenant = enroll.tenant(TENANT);
    // A folder that was used before keeps its policy; what automatic sync filled is not in use.
    if options.in_use && !tenant.policy().await?.auto_sync {
        in_use::seed(&tenant).await?;
    }
    let place = Place::new(INTEGRATION, "demo", &idp).only_token(token.clone());
    let connection = tenant.ensure(place).await?;
    let auto_sync = tenant.policy().await?.auto_sync;
    let sink_secret = sink_secret.spell();
    let told = options.sink.as_deref().map(|url| Told {
        url,
        secret: &sink_secret,
    });
    let ready = Ready {
        base_url: &connection.base_url,
        token: token.expose(),
        manage_url: &format!("{origin}/v1"),
        manage_key: secrets.key.expose(),
        tenant: TENANT,
        integration: INTEGRATION,
        data: &data.display().to_string(),
        sink: told,
    };
    announce(&ready, &options, auto_sync)?;
    enroll::serve(listener, enroll.everything(), stop.told()).await?;
    enroll.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn builder(options: &DevOptions, data: &Path, origin: &str) -> Builder {
    let preset = if options.in_use {
        Preset::Careful
    } else {
        Preset::HandsOff
    };
    let quiet = options.json;
    Enroll::open(database(data))
        .public_url(origin)
        .preset(preset)
        .roles(roles(options))
        .observe(move |event: &Event| tell(event, quiet))
        .alert("terminal", Terminal { quiet })
}

/// The application at `url`, wherever that is: whoever starts `dev` may call it anyway.
fn sink(url: &str, secret: &SigningSecret, options: &DevOptions) -> Result<HttpSink, Failure> {
    let target = Target::new(url, [secret.clone()]).allow_private(true);
    let failed = |error| Failure::new(format!("--sink: {error}"));
    let sink = HttpSink::new(&target).map_err(failed)?;
    let roles = roles(options).collect::<Vec<_>>();
    Ok(if roles.is_empty() {
        sink
    } else {
        sink.with_capabilities(Capabilities::roles(roles))
    })
}

fn roles(options: &DevOptions) -> impl Iterator<Item = &str> {
    let roles = options.roles.iter().map(|role| role.trim());
    roles.filter(|role| !role.is_empty())
}

fn announce(ready: &Ready<'_>, options: &DevOptions, auto_sync: bool) -> Result<(), Failure> {
    if options.in_use && auto_sync {
        report::aside(&format!(
            "note: automatic sync is on in {}, which was used before; --in-use changes nothing there: choose another --data",
            ready.data
        ));
    }
    if options.json {
        let line = serde_json::to_string(ready).map_err(|error| Failure::new(error.to_string()))?;
        report::line(&line);
    } else {
        greet(ready, options, auto_sync);
    }
    Ok(())
}

fn database(data: &Path) -> String {
    format!("sqlite:{}", data.join("enroll.db").display())
}

/// What `--json` prints, once, when the server is ready.
#[derive(serde::Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    token: &'a str,
    manage_url: &'a str,
    manage_key: &'a str,
    tenant: &'a str,
    integration: &'a str,
    data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sink: Option<Told<'a>>,
}

/// Where the accounts go, and what signs them.
#[derive(serde::Serialize)]
struct Told<'a> {
    url: &'a str,
    secret: &'a str,
}

fn greet(ready: &Ready<'_>, options: &DevOptions, auto_sync: bool) {
    let Ready {
        base_url,
        token,
        manage_url,
        manage_key,
        tenant,
        data,
        sink,
        ..
    } = ready;
    report::line(&format!(
        "enroll {} for trying out: one process, loopback only\n\n\
         \x20 database    {data}/enroll.db\n\
         \x20 tenant      {tenant}\n\
         \x20 Base URL    {base_url}\n\
         \x20 Token       {token}\n\
         \x20 management  {manage_url}   Authorization: Bearer {manage_key}\n",
        env!("CARGO_PKG_VERSION"),
    ));
    if let Some(Told { url, secret }) = sink {
        report::line(&format!(
            "  Accounts go to {url}, each call signed (standardwebhooks.com) with\n\n    {secret}\n\n  \
             A receiver verifies webhook-signature with any Standard Webhooks library, or by itself: `v1,` and the base64 of\n  \
             HMAC-SHA256 over `{{webhook-id}}.{{webhook-timestamp}}.{{body}}`; the key is the base64 after whsec_.\n",
        ));
    }
    if !auto_sync {
        report::line(&format!(
            "  The application is in use (one user, three access groups) and automatic sync is off.\n  \
             Accounts that fit a person are proposed, never taken: `enroll links list` and `enroll links approve`;\n  \
             on it goes with\n    \
             PATCH {manage_url}/tenants/{tenant}/policy {{\"auto_sync\": true}}\n",
        ));
    }
    if !options.roles.is_empty() {
        report::line(&format!(
            "  The application has fixed roles: {}. Choose one for each group: PUT {manage_url}/tenants/{tenant}/integrations/{INTEGRATION}/selections\n",
            options.roles.join(", ")
        ));
    }
    report::line(&format!(
        "  Next, in a second terminal:\n\n    \
         {} simulate okta --url {base_url} --token {token}\n\n  \
         or paste Base URL and Token into your identity provider. Account changes appear here; Ctrl-C ends it.\n",
        listen::invocation()
    ));
}

/// Prints one change of the application.
fn tell(event: &Event, quiet: bool) {
    let text = sentence(event);
    if quiet {
        report::aside(&text);
    } else {
        report::line(&text);
    }
}

fn sentence(event: &Event) -> String {
    let sign = match event.op {
        Op::CreateGroup | Op::Create | Op::Reactivate => '+',
        Op::Deactivate | Op::ArchiveGroup => '-',
        Op::Link => '=',
        _ => '~',
    };
    let reasons: Vec<String> = event
        .reasons
        .iter()
        .map(|reason| reason.code.to_string())
        .collect();
    let reasons = reasons.join(" ");
    let Some(account) = &event.account else {
        let name = event
            .access_group
            .as_ref()
            .map_or("", |group| group.name.as_str());
        return format!(
            "  {sign} access group {:<34} {:<14} {reasons}",
            listen::plain(name),
            event.op.as_str()
        );
    };
    let profile = &account.profile;
    let who = profile.email.as_deref().unwrap_or(account.app_ref.as_str());
    let into = match &event.access_group {
        Some(group) if profile.active => format!(" in {}", listen::plain(&group.name)),
        _ => String::new(),
    };
    let changed = match event.op {
        Op::Update if !event.changed.is_empty() => format!(" {}", event.changed.join(", ")),
        _ => String::new(),
    };
    format!(
        "  {sign} {:<40} {}{changed}{into}   {reasons}",
        listen::plain(who),
        event.op.as_str()
    )
}
