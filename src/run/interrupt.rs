//! Ctrl-C: the program ends at once, as by a kill, and says first what is kept and how to go on.

use crate::text::visible;
use std::io::Write as _;
use std::sync::{Mutex, Once, PoisonError};

static WORDS: Mutex<String> = Mutex::new(String::new());
static WATCH: Once = Once::new();

/// From here on this is what an interrupted run says.
pub fn say(words: &str) {
    words.clone_into(&mut *WORDS.lock().unwrap_or_else(PoisonError::into_inner));
    WATCH.call_once(watch);
}

#[cfg(unix)]
fn watch() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    // A signal that the parent has this program ignore (a job in a script's background) stays ignored.
    let wanted = [SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
    let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) else { return };
    let _ = std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(std::io::stderr(), "\nauditpack: interrupted: {}", visible(&words));
            // Whoever started the program sees that a signal ended it.
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
