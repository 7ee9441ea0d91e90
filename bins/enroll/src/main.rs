//! The binary `enroll`: configuration, sockets, signals and the command line, over the façade and nothing below it.

mod admin;
mod alerts;
mod application;
mod brakes;
mod cli;
mod client;
mod config;
mod dev;
mod doctor;
mod events;
mod group;
mod impact;
mod in_use;
mod listen;
mod report;
mod requests;
mod seed;
mod serve;
mod simulate;
mod sink;
mod sync;
mod transfer;
mod user;
mod when;

use std::process::ExitCode;

use clap::Parser;
use cli::{
    AccountsCommand, AlertsCommand, Cli, Command, DriftCommand, EventsCommand, IntegrationCommand,
    KeyCommand, LinksCommand, RequestsCommand, SinkCommand, TenantCommand, TokenCommand,
    UserCommand,
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version are no failures; 2, which clap would give, says that there are changes.
            let code = if told.use_stderr() { report::FAILED } else { 0 };
            let _ = told.print();
            return ExitCode::from(code);
        }
    };
    report::start_log(cli.verbose, cli.quiet, log_settings(&cli.command));
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return report::Failure::new(format!("the runtime does not start: {error}")).told();
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => error.told(),
    }
}

/// Returns what the configuration of a server says about its log; what is wrong with the file is told
/// by the command itself.
fn log_settings(command: &Command) -> Option<(config::LogFormat, config::LogLevel)> {
    let Command::Serve(options) = command else {
        return None;
    };
    let config = config::read(&options.config).ok()?;
    Some((config.log.format, config.log.level))
}

async fn run(command: Command) -> Result<ExitCode, report::Failure> {
    match command {
        Command::Dev(options) => dev::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Simulate(options) => simulate::run(options).await,
        Command::Requests(RequestsCommand::Tail(options)) => requests::tail(options).await,
        Command::Requests(RequestsCommand::Show(options)) => requests::show(options).await,
        Command::Requests(RequestsCommand::Replay(options)) => requests::replay(options).await,
        Command::Requests(RequestsCommand::Export(options)) => requests::export(options).await,
        Command::Doctor(options) => doctor::run(options).await,
        Command::Alerts(AlertsCommand::List(remote)) => alerts::list(remote).await,
        Command::Alerts(AlertsCommand::Test(remote)) => alerts::test(remote).await,
        Command::Sink(SinkCommand::Check(options)) => sink::check(options).await,
        Command::Sink(SinkCommand::Send(options)) => sink::send(options).await,
        Command::Accounts(AccountsCommand::Import(options)) => application::import(options).await,
        Command::Drift(DriftCommand::List(remote)) => application::drift(remote).await,
        Command::Drift(DriftCommand::Adopt(options)) => {
            application::rule_drift(options, "adopt").await
        }
        Command::Drift(DriftCommand::Revert(options)) => {
            application::rule_drift(options, "revert").await
        }
        Command::Drift(DriftCommand::Ignore(options)) => {
            application::rule_drift(options, "ignore").await
        }
        Command::Links(LinksCommand::List(remote)) => application::links(remote).await,
        Command::Links(LinksCommand::Approve(options)) => application::approve_links(options).await,
        Command::User(UserCommand::Link(options)) => application::link(options).await,
        Command::User(UserCommand::Unlink(options)) => application::unlink(options).await,
        Command::Events(EventsCommand::Tail(options)) => events::tail(options).await,
        Command::Key(KeyCommand::New(options)) => admin::new_key(options).await,
        Command::Key(KeyCommand::List(place)) => admin::list_keys(place).await,
        Command::Key(KeyCommand::Revoke(options)) => admin::revoke_key(options).await,
        Command::Tenant(TenantCommand::Add(options)) => admin::add_tenant(options).await,
        Command::Integration(IntegrationCommand::Add(options)) => {
            admin::add_integration(options).await
        }
        Command::Integration(IntegrationCommand::Import(options)) => {
            transfer::import(options).await
        }
        Command::Integration(IntegrationCommand::Export(options)) => {
            transfer::export(options).await
        }
        Command::Integration(IntegrationCommand::Freeze(options)) => brakes::freeze(options).await,
        Command::Integration(IntegrationCommand::Expect(options)) => brakes::expect(options).await,
        Command::Token(TokenCommand::Import(options)) => transfer::import_token(options).await,
        Command::Token(TokenCommand::List(options)) => brakes::tokens(options).await,
        Command::Token(TokenCommand::New(options)) => brakes::new_token(options).await,
        Command::Token(TokenCommand::Rotate(options)) => brakes::rotate(options).await,
        Command::Token(TokenCommand::Revoke(options)) => brakes::revoke(options).await,
        Command::Sync(command) => sync::run(command).await,
        Command::Impact(options) => impact::run(options).await,
        Command::User(UserCommand::Why(options)) => user::why(options).await,
        Command::Group(command) => group::run(command).await,
    }
}
