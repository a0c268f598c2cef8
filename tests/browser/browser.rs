//! A browser and what a person does with it.

use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{sleep, timeout};

use crate::chromium::{self, Chromium};
use crate::firefox::{self, Firefox};
use crate::skip::skip;

/// How long a page may take to become what a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The key under which `WebDriver` hands out an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The Enter key as `WebDriver` types it.
pub const ENTER: &str = "\u{e007}";

/// Browsers are large: this many run at once.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// What every browser can be told.
#[derive(Clone, Copy, Debug)]
pub enum Command<'a> {
    /// Goes to an address and waits until its page is loaded.
    Open(&'a str),
    Back,
    /// Finds an element by a CSS selector.
    Find(&'a str),
    /// Clicks on an element that was found.
    Click(&'a str),
    /// Types into an element that was found.
    Write(&'a str, &'a str),
    /// Runs the body of a function in the page, and awaits what it returns.
    Script(&'a str),
    /// The cookies that the page's origin would be sent, `HttpOnly` ones too.
    Cookies,
}

/// Boxed, as they differ in size.
enum Engine {
    Chromium(Box<Chromium>),
    Firefox(Box<Firefox>),
}

/// A browser with a profile of its own, closed when dropped.
pub struct Browser {
    engine: Engine,
    _permit: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts a headless Chromium, or skips the test where there is none.
    pub async fn chromium() -> Option<Self> {
        let permit = permit(chromium::PROGRAM).await?;
        Some(Self {
            engine: Engine::Chromium(Box::new(Chromium::start().await)),
            _permit: permit,
        })
    }

    /// Starts a headless Firefox, or skips the test where there is none.
    pub async fn firefox() -> Option<Self> {
        let permit = permit(firefox::PROGRAM).await?;
        Some(Self {
            engine: Engine::Firefox(Box::new(Firefox::start().await)),
            _permit: permit,
        })
    }

    async fn try_run(&self, command: Command<'_>) -> Result<Value, String> {
        let answer = async {
            match &self.engine {
                Engine::Chromium(chromium) => chromium.run(command).await,
                Engine::Firefox(firefox) => firefox.run(command).await,
            }
        };
        timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| Err(format!("no answer in {} s", PATIENCE.as_secs())))
    }

    async fn run(&self, command: Command<'_>) -> Value {
        match self.try_run(command).await {
            Ok(value) => value,
            Err(error) => panic!("{command:?}: {error}"),
        }
    }

    pub async fn open(&self, address: impl AsRef<str>) {
        self.run(Command::Open(address.as_ref())).await;
    }

    /// Goes back to the page before.
    pub async fn back(&self) {
        self.run(Command::Back).await;
    }

    async fn element(&self, selector: &str) -> String {
        let found = self.run(Command::Find(selector)).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.run(Command::Click(&element)).await;
    }

    /// Types into a field, after what is there.
    pub async fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.run(Command::Write(&element, text)).await;
    }

    /// What an expression is in the page, a promise awaited.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.run(Command::Script(&script)).await
    }

    /// Waits until an expression is true in the page, whichever page that is by then.
    pub async fn wait_until(&self, condition: &str) {
        let deadline = Instant::now() + PATIENCE;
        let script = format!("return Boolean(await ({condition}))");
        let script = format!("return (async () => {{ {script} }})()");
        loop {
            let came = self.try_run(Command::Script(&script)).await;
            if came == Ok(Value::Bool(true)) {
                return;
            }
            if Instant::now() > deadline {
                let page = "return location.href + '\\n' + document.body.innerText";
                let page = self.try_run(Command::Script(page)).await;
                panic!("never true: {condition}; {came:?}; the page: {page:?}");
            }
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until an element's text contains something.
    pub async fn wait_for_text(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        let element = format!("document.querySelector({selector})");
        self.wait_until(&format!("{element}?.textContent.includes({text})"))
            .await;
    }

    /// Waits until the address has this path, and returns its query `next`.
    pub async fn wait_for_path(&self, path: &str) -> Value {
        let path = json!(path);
        let here = "document.readyState === 'complete' && location.pathname";
        self.wait_until(&format!("{here} === {path}")).await;
        self.evaluate("new URLSearchParams(location.search).get('next')")
            .await
    }

    /// The HTTP status with which the page came.
    pub async fn status(&self) -> Value {
        self.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
            .await
    }

    pub async fn cookies(&self) -> Vec<Value> {
        let cookies = self.run(Command::Cookies).await;
        cookies.as_array().unwrap().clone()
    }

    /// What only Chromium can do.
    pub fn tools(&self) -> &Chromium {
        match &self.engine {
            Engine::Chromium(chromium) => chromium,
            Engine::Firefox(_) => panic!("Firefox has other tools"),
        }
    }

    /// What the console has shown since the last call, as `level: message`.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.tools().log("browser").await;
        let line = |entry: &Value| format!("{}: {}", entry["level"], entry["message"]);
        entries.iter().map(line).collect()
    }

    /// The events of `DevTools` since the last call, each with its `method` and `params`.
    pub async fn events(&self) -> Vec<Value> {
        let entries = self.tools().log("performance").await;
        let event = |entry: &Value| {
            let mut event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            Some(event["message"].take())
        };
        entries.iter().filter_map(event).collect()
    }
}

/// Waits for its turn if there is such a program; skips the test if not.
async fn permit(program: &str) -> Option<SemaphorePermit<'static>> {
    let tried = process::Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if tried.is_err() {
        skip(&format!(
            "{program} is not installed: its browser is not tried"
        ));
        return None;
    }
    Some(BROWSERS.acquire().await.unwrap())
}
