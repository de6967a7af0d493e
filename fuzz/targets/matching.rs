#![no_main]
//! See `auditpack_fuzz::matching`.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    auditpack_fuzz::matching::check(&String::from_utf8_lossy(input));
});
