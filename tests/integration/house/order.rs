//! The order of rooms: no circles, not too many floors, and the one that the map shows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Import;

/// Who imports whom.
#[derive(Default)]
pub struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    /// The rooms, which are the modules at the root.
    pub fn of_rooms(imports: &[Import]) -> Self {
        let mut graph = Self::default();
        for (from, to) in imports.iter().filter_map(rooms) {
            graph.add(from, to);
        }
        graph
    }

    /// The files inside of rooms.
    pub fn of_files(imports: &[Import]) -> Self {
        let mut graph = Self::default();
        for import in imports {
            if import.from.first() == import.to.first() {
                graph.add(&import.from.join("/"), &import.to.join("/"));
            }
        }
        graph
    }

    fn add(&mut self, from: &str, to: &str) {
        self.0
            .entry(from.to_owned())
            .or_default()
            .insert(to.to_owned());
    }

    /// Removes what exists for tests only.
    pub fn without(mut self, room: &str) -> Self {
        self.0.remove(room);
        self
    }

    fn of(&self, node: &str) -> impl Iterator<Item = &str> {
        self.0.get(node).into_iter().flatten().map(String::as_str)
    }

    /// The shortest circle through each node that is in one, each circle once.
    pub fn circles(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for node in self.0.keys() {
            let Some(circle) = self.way_back(node) else {
                continue;
            };
            if seen.insert(circle.iter().copied().collect::<BTreeSet<_>>()) {
                circles.push(format!("{} → {node}", circle.join(" → ")));
            }
        }
        circles
    }

    fn way_back<'a>(&'a self, node: &'a str) -> Option<Vec<&'a str>> {
        let mut came_from = BTreeMap::new();
        let mut waiting = VecDeque::from([node]);
        while let Some(at) = waiting.pop_front() {
            for next in self.of(at) {
                if next == node {
                    let mut way = vec![at];
                    while way[way.len() - 1] != node {
                        way.push(came_from[way[way.len() - 1]]);
                    }
                    way.reverse();
                    return Some(way);
                }
                came_from.entry(next).or_insert_with(|| {
                    waiting.push_back(next);
                    at
                });
            }
        }
        None
    }

    /// The longest chain in a graph without circles.
    pub fn longest_chain(&self) -> Vec<&str> {
        let mut known = BTreeMap::new();
        let chains = self.0.keys().map(|node| self.chain(node, &mut known));
        chains.max_by_key(Vec::len).unwrap_or_default()
    }

    fn chain<'a>(
        &'a self,
        node: &'a str,
        known: &mut BTreeMap<&'a str, Vec<&'a str>>,
    ) -> Vec<&'a str> {
        if let Some(chain) = known.get(node) {
            return chain.clone();
        }
        let chains = self.of(node).map(|next| self.chain(next, known));
        let longest = chains.max_by_key(Vec::len).unwrap_or_default();
        let chain = [vec![node], longest].concat();
        known.insert(node, chain.clone());
        chain
    }
}

/// The two rooms of an import that leads from one into another.
fn rooms(import: &Import) -> Option<(&str, &str)> {
    let from = import.from.first()?;
    let to = import.to.first()?;
    (from != to).then_some((from.as_str(), to.as_str()))
}

/// The rooms in each row of the table under "The map".
pub fn map(contributing: &str) -> Vec<Vec<&str>> {
    let (_, section) = contributing.split_once("\n## The map\n").unwrap();
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with("| ---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let names = row.split('|').nth(1).unwrap().split('`');
        let names = names.skip(1).step_by(2);
        names.map(|name| name.trim_end_matches('/')).collect()
    })
    .filter(|row: &Vec<&str>| !row.is_empty())
    .collect()
}

/// What the map shows and the house has not, and the other way round.
pub fn unlike_the_map(map: &[Vec<&str>], rooms: &BTreeSet<String>) -> Vec<String> {
    let shown: Vec<&str> = map.iter().flatten().copied().collect();
    let mut faults: Vec<String> = shown
        .iter()
        .filter(|room| !rooms.contains(**room))
        .map(|room| format!("the map shows {room}, and src has none"))
        .collect();
    let unseen = rooms.iter().filter(|room| !shown.contains(&room.as_str()));
    faults.extend(unseen.map(|room| format!("src has {room}, and the map does not show it")));
    let unique: BTreeSet<&str> = shown.iter().copied().collect();
    if unique.len() < shown.len() {
        faults.push("the map shows a room twice".to_owned());
    }
    faults
}

/// The imports that lead up from below, or from one room of a row into another.
pub fn upward(map: &[Vec<&str>], imports: &[Import]) -> Vec<String> {
    let row_of = |room: &str| map.iter().position(|row| row.contains(&room));
    let mut faults = BTreeSet::new();
    for import in imports {
        let file = import.from.join("/");
        match rooms(import) {
            Some((from, to)) if row_of(to) >= row_of(from) => {
                faults.insert(format!("{from} imports {to}: {file} names {}", import.path));
            }
            None if import.to.is_empty() => {
                faults.insert(format!("{file} names {}, of no room", import.path));
            }
            _ => {}
        }
    }
    faults.into_iter().collect()
}

fn import(from: &str, to: &str) -> Import {
    let module = |path: &str| path.split('/').map(str::to_owned).collect();
    Import {
        from: module(from),
        to: module(to),
        path: format!("crate::{to}"),
    }
}

#[test]
fn circles_are_found_in_both_kinds_of_graph() {
    let good = [import("a/x", "b"), import("b", "c/x"), import("a/x", "a/y")];
    assert!(Graph::of_rooms(&good).circles().is_empty());
    assert!(Graph::of_files(&good).circles().is_empty());

    let bad = [import("a/x", "b"), import("b", "c/x"), import("c/y", "a/z")];
    assert_eq!(Graph::of_rooms(&bad).circles(), ["a → b → c → a"]);
    assert!(Graph::of_files(&bad).circles().is_empty());

    let bad = [
        import("a/x", "a/y"),
        import("a/y", "a/x"),
        import("a/y", "a/z"),
    ];
    assert_eq!(Graph::of_files(&bad).circles(), ["a/x → a/y → a/x"]);
    assert!(Graph::of_rooms(&bad).circles().is_empty());
}

#[test]
fn floors_are_the_longest_way_down() {
    let imports = [
        import("a", "d"),
        import("a", "b"),
        import("b", "c"),
        import("c", "d"),
    ];
    let graph = Graph::of_rooms(&imports);
    assert_eq!(graph.longest_chain(), ["a", "b", "c", "d"]);
    assert_eq!(graph.without("a").longest_chain(), ["b", "c", "d"]);
}

#[test]
fn the_map_is_read_and_compared_with_the_house() {
    let text = "# Contributing\n\n## The map\n\nDown.\n\n| room | holds |\n| --- | --- |\n\
        | `a` `b/` | leaves, `no` room |\n| `c` | more |\n\n| folder |\n| --- |\n| `tests` |\n";
    let map = map(text);
    assert_eq!(map, [vec!["a", "b"], vec!["c"]]);

    let rooms = |names: &[&str]| names.iter().copied().map(str::to_owned).collect();
    assert!(unlike_the_map(&map, &rooms(&["a", "b", "c"])).is_empty());
    assert_eq!(unlike_the_map(&map, &rooms(&["a", "b", "d"])).len(), 2);
    let twice = [vec!["a"], vec!["a"]];
    assert_eq!(unlike_the_map(&twice, &rooms(&["a"])).len(), 1);

    assert!(upward(&map, &[import("c/x", "a"), import("c/x", "c/y")]).is_empty());
    assert_eq!(
        upward(&map, &[import("a", "c"), import("a", "b/x")]),
        [
            "a imports b: a names crate::b/x",
            "a imports c: a names crate::c"
        ]
    );
    let mut lost = import("a", "b");
    lost.to.clear();
    assert_eq!(upward(&map, &[lost]), ["a names crate::b, of no room"]);
}
