#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keycard::fuzzing::base64url(data));
