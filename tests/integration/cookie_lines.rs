//! Cookie lines as they come off a socket, in HTTP/1.1 and in HTTP/2.

use crate::support::{layer, token};
use crate::wire::{Field, Server, field};

/// What stands in the `Cookie` lines, and what comes of it.
fn cases() -> Vec<(Vec<Vec<u8>>, u16)> {
    let (good, other) = (token("a"), token("b"));
    let name = "__Host-session";
    let line = |text: String| text.into_bytes();
    vec![
        (vec![], 401),
        (vec![line(format!("{name}={good}"))], 200),
        (
            vec![
                line("a=b".into()),
                line(format!("{name}={good}")),
                line("c=d".into()),
            ],
            200,
        ),
        (vec![line(format!("a=b; {name}={good}; c=\"d\""))], 200),
        (vec![line(format!("{name}=; {name}={good}"))], 200),
        (vec![line(format!("{name}={good}; {name}={other}"))], 400),
        (
            vec![
                line(format!("{name}={good}")),
                line(format!("{name}={other}")),
            ],
            400,
        ),
        (
            vec![
                line(format!("{name}={good}")),
                line(format!("{name}={good}")),
            ],
            400,
        ),
        (vec![line(format!("{name}=\"{good}\""))], 401),
        (vec![line(format!("__Host%2Dsession={good}"))], 401),
        (vec![line(format!("%5f%5fHost-session={good}"))], 401),
        (vec![line(format!("__HOST-session={good}"))], 401),
        (vec![line(format!("__host-session={good}"))], 401),
        (vec![line(format!("{name} ={good}"))], 401),
        (vec![line(name.to_owned())], 401),
        (vec![line(format!("{name}="))], 401),
        (vec![[name.as_bytes(), b"=\xff.\xfe.\xfd"].concat()], 401),
        (
            vec![line(format!("{}; {name}={good}", "a=b; ".repeat(1000)))],
            200,
        ),
    ]
}

/// Every value in a field of its own, as browsers send them in HTTP/2 to save space.
fn fields(values: &[Vec<u8>]) -> (Vec<Field>, String) {
    let shown = String::from_utf8_lossy(&values.concat()).into_owned();
    let fields = values.iter().map(|value| field("cookie", value));
    (fields.collect(), shown)
}

#[tokio::test]
async fn every_line_over_http_1() {
    let server = Server::start(layer()).await;
    for (values, status) in cases() {
        let (fields, shown) = fields(&values);
        let reply = server.over_http_1(&fields).await;
        assert_eq!(reply.status(), Some(status), "{shown:.200}");
    }
    // The name of a header has no case, and its value no space around it.
    let line = field("cOOKIE", format!("\t __Host-session={} \t", token("a")));
    assert_eq!(server.over_http_1(&[line]).await.status(), Some(200));
}

#[tokio::test]
async fn every_line_over_http_2() {
    let server = Server::start(layer()).await;
    for (values, status) in cases() {
        let (fields, shown) = fields(&values);
        let reply = server.over_http_2(&fields).await;
        assert_eq!(reply.status(), Some(status), "{shown:.200}");
    }
}
