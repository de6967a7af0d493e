#![no_main]
//! See `auditpack_fuzz::description`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    auditpack_fuzz::description::check(&String::from_utf8_lossy(input));
});
