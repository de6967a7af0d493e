#![no_main]
//! See `auditpack_fuzz::parsing`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    auditpack_fuzz::parsing::check(&String::from_utf8_lossy(input));
});
