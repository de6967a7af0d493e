//! `aws-double`: serves a recorded account, or writes a generated one.

use aws_double::generate::many::{self, landscape};
use aws_double::{Account, Double, Fault, Faults, Organization, generate};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
aws-double FOLDER [--port N] [--page N] [--short-pages] [--latency MS] [--polls N] [--date HTTP-DATE]
           [--deny ACTION]... [--throttle ACTION]...
                                serves a dump, or a snapshot, on 127.0.0.1
aws-double generate NAME DIR    writes a generated account; NAME is one of
                                messy-enterprise, tidy-startup, empty-account, hostile-text, permission-denied,
                                tidy-organization, small-organization, or sized:USERS,ROLES,POLICIES
aws-double organization MEMBERS [--port N]
                                serves a generated organization; the role AuditpackReadOnly can be assumed in its members";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("aws-double: {problem}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["generate", name, dir] => {
            let account = generate::named(name).ok_or_else(|| format!("no generated account is called {name}"))?;
            account.write(Path::new(dir))
        }
        ["organization", members, options @ ..] => organization(members, options),
        [folder, options @ ..] => serve(Path::new(folder), options),
    }
}

/// Members in several states of order; one of them refuses.
fn organization(members: &str, options: &[&str]) -> Result<(), String> {
    let wrong = |what: &str| format!("{what} is not a number");
    let count: usize = members.parse().map_err(|_| wrong(members))?;
    let port = match options {
        ["--port", port] => port.parse().map_err(|_| wrong(port))?,
        _ => 0,
    };
    let (tidy, messy) = (generate::tidy_startup(), generate::empty_account());
    let world = Box::new(move |account: &str| {
        let place = account.bytes().last().unwrap_or_default() % 3;
        let world = if place == 0 { &messy } else { &tidy };
        let faults = Faults::none().report_ready();
        let faults = if place == 2 { faults.with(Fault::deny("GetAccountSummary")) } else { faults };
        (world.renumbered(account), faults)
    });
    let faults = Faults::none().report_ready();
    let organization = Organization::new(landscape::landscape(count), faults, world).refuse(&[&many::number(4)]);
    let double = Double::organization_on(organization, port).map_err(|error| format!("port {port}: {error}"))?;
    println!(
        "AWS_ENDPOINT_URL={} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=double AWS_SECRET_ACCESS_KEY=double",
        double.endpoint()
    );
    double.wait();
    Ok(())
}

fn serve(folder: &Path, options: &[&str]) -> Result<(), String> {
    let mut faults = Faults::none();
    let mut port = 0;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if *option == "--short-pages" {
            faults = faults.short_pages();
            continue;
        }
        let value = options.next().ok_or_else(|| format!("{option} needs a value"))?;
        let wrong = |_| format!("{option} needs a number, not {value}");
        match *option {
            "--port" => port = value.parse().map_err(wrong)?,
            "--page" => faults = faults.page(value.parse().map_err(wrong)?),
            "--latency" => faults = faults.latency(Duration::from_millis(value.parse().map_err(wrong)?)),
            "--polls" => faults = faults.report_takes(value.parse().map_err(wrong)?),
            "--date" => faults = faults.date(value),
            "--deny" => faults = faults.with(Fault::deny(value)),
            "--throttle" => faults = faults.with(Fault::throttle(value)),
            _ => return Err(format!("no option is called {option}")),
        }
    }
    let account = Account::load(folder)?;
    let double = Double::start_on(account, faults, port).map_err(|error| format!("port {port}: {error}"))?;
    println!(
        "AWS_ENDPOINT_URL={} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=double AWS_SECRET_ACCESS_KEY=double",
        double.endpoint()
    );
    double.wait();
    Ok(())
}
