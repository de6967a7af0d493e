//! Ctrl-C: prints what is kept and how to continue, then ends the program at once.

use crate::text::visible;
use std::io::Write as _;
use std::sync::{Mutex, Once, PoisonError};

static WORDS: Mutex<String> = Mutex::new(String::new());
static WATCH: Once = Once::new();

/// Sets the message of an interrupted run.
pub fn set_message(words: &str) {
    words.clone_into(&mut *WORDS.lock().unwrap_or_else(PoisonError::into_inner));
    WATCH.call_once(watch);
}

#[cfg(unix)]
fn watch() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    // A signal that the parent process ignores (a background job of a script) stays ignored.
    let wanted = [SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
    let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) else { return };
    let _ = std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(std::io::stderr(), "\nauditpack: interrupted: {}", visible(&words));
            // The parent process sees that a signal ended the program.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

#[cfg(not(unix))]
fn watch() {}

#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}
