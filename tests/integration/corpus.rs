//! Every input that fuzzing kept, against the properties that it was kept for.

use std::path::Path;

#[path = "../../fuzz/src/desk.rs"]
mod desk;
#[path = "../../fuzz/src/jwks.rs"]
mod jwks;
#[path = "../../fuzz/src/request.rs"]
mod request;
#[path = "../../fuzz/src/token.rs"]
mod token;

fn replay(target: &str, check: fn(&[u8])) {
    let mut inputs = 0;
    for kind in ["seeds", "corpus"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz")
            .join(kind);
        for file in std::fs::read_dir(folder.join(target)).unwrap() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            check(&std::fs::read(path).unwrap());
            inputs += 1;
        }
    }
    assert!(inputs > 20, "{inputs} inputs");
}

#[test]
fn the_corpus_of_tokens_holds() {
    replay("token", token::check);
}

#[test]
fn the_corpus_of_key_sets_holds() {
    replay("jwks", jwks::check);
}

#[test]
fn the_corpus_of_requests_holds() {
    replay("request", request::check);
}
