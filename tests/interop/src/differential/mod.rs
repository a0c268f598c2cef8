//! Tokens of every kind, good and bad, decided about by three libraries that are told the same. Where
//! they disagree, a table says why keycard is right.

mod changes;
mod disagreements;
mod generator;
mod judges;
mod signatures;

use std::collections::BTreeSet;

use self::changes::changes;
use self::disagreements::DISAGREEMENTS;
use self::generator::{Random, good};
use self::judges::judges;

/// How many tokens are made of each change, with each algorithm.
const OF_EACH: usize = 8;

#[test]
fn every_disagreement_is_in_the_table_and_every_row_of_it_occurs() {
    let mut random = Random::new(2_026);
    let (mut tokens, mut unexplained) = (0, BTreeSet::new());
    let mut seen = BTreeSet::new();
    for judge in judges() {
        for change in changes(&judge) {
            for _ in 0..judge.share(OF_EACH) {
                let token = change.apply(&judge, good(&judge, &mut random));
                let ours = judge.keycard(&token);
                let what = format!("{} {}: {token}", judge.algorithm, change.name);
                assert_eq!(ours.is_some(), change.accepted, "{what}");
                tokens += 1;
                for (library, theirs) in judge.others(&token) {
                    if theirs == ours {
                        continue;
                    }
                    match row_of(&change.name, library, theirs.is_some()) {
                        Some(row) => seen.insert(row),
                        None => {
                            unexplained.insert((library, change.name.clone(), theirs.is_some()))
                        }
                    };
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    let unseen: Vec<_> = (0..DISAGREEMENTS.len())
        .filter(|row| !seen.contains(row))
        .map(|row| DISAGREEMENTS[row])
        .collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
    println!("{tokens} tokens");
    assert!(tokens > 3_000, "{tokens} tokens");
}

/// The row of the table for a change and a library: its beginning is enough for a group of changes.
fn row_of(change: &str, library: &str, accepted: bool) -> Option<usize> {
    let mut rows = DISAGREEMENTS.iter();
    rows.position(|row| (row.0, row.2) == (library, accepted) && change.starts_with(row.1))
}
