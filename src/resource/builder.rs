//! How a resource is told what to say of itself.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::identifier::Identifier;
use super::metadata::{Parts, ResourceMetadata};
use crate::error::ConfigError;
use crate::grammar::is_scope_token;
use crate::verify::Verifier;

/// Where metadata stands below a host (RFC 9728, section 3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The ways of a token to the server that have a name (RFC 9728, section 2).
const METHODS: [&str; 3] = ["header", "body", "query"];

/// What has a method of its own here.
const OWN: [&str; 6] = [
    "resource",
    "authorization_servers",
    "scopes_supported",
    "bearer_methods_supported",
    "resource_name",
    "resource_documentation",
];

/// Builder of [`ResourceMetadata`], from [`ResourceMetadata::builder`].
///
/// # Examples
///
/// ```
/// use keycard::resource::{ResourceMetadata, ResourceMetadataBuilder};
///
/// let mut builder: ResourceMetadataBuilder = ResourceMetadata::builder("https://rooms.example");
/// for server in ["https://desk.example", "https://spa.example"] {
///     builder = builder.authorization_server(server);
/// }
/// let metadata = builder.build()?;
/// # Ok::<(), keycard::ConfigError>(())
/// ```
#[must_use]
pub struct ResourceMetadataBuilder {
    resource: String,
    servers: Vec<String>,
    verifier: Option<Verifier>,
    scopes: Vec<String>,
    methods: Option<Vec<String>>,
    name: Option<String>,
    documentation: Option<String>,
    members: Map<String, Value>,
    plain_http: bool,
    /// What cannot be, of the members that were looked at when they were given: the first of them.
    fault: Option<ConfigError>,
}

/// The object, in the order of the RFC.
#[derive(Serialize)]
struct Document<'a> {
    resource: &'a str,
    authorization_servers: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes_supported: &'a [String],
    bearer_methods_supported: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'a str>,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl ResourceMetadata {
    /// Starts to build the metadata of the resource with this identifier: the address that clients have of it, as in
    /// `https://rooms.example` or `https://rooms.example/mcp` (RFC 9728, section 1.2).
    ///
    /// A client compares it octet by octet with the address that it began with (section 3.3), and asks for tokens for
    /// it (RFC 8707, section 2): so it belongs among the audiences of the verifier.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let metadata = ResourceMetadata::builder("https://rooms.example")
    ///     .authorization_server("https://desk.example")
    ///     .build()?;
    /// assert_eq!(metadata.url(), "https://rooms.example/.well-known/oauth-protected-resource");
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn builder(resource: impl Into<String>) -> ResourceMetadataBuilder {
        ResourceMetadataBuilder {
            resource: resource.into(),
            servers: Vec::new(),
            verifier: None,
            scopes: Vec::new(),
            methods: None,
            name: None,
            documentation: None,
            members: Map::new(),
            plain_http: false,
            fault: None,
        }
    }
}

impl ResourceMetadataBuilder {
    /// Names the issuers that this verifier trusts as authorization servers, and checks that it takes tokens for the
    /// resource: each of its trusts has to have the identifier among its audiences, or take those of anybody.
    ///
    /// Issuers whose name is no https address, such as those of an application that logs in its own users, are left out:
    /// nobody can ask them. Where an issuer writes something else into `aud` than the resource that it was asked for,
    /// name it with [`authorization_server`](Self::authorization_server) instead: that checks nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    /// use keycard::{ConfigError, testing};
    ///
    /// let verifier = testing::issuer().verifier(); // of https://rooms.example
    /// assert!(ResourceMetadata::builder("https://rooms.example").verifier(&verifier).build().is_ok());
    /// let error = ResourceMetadata::builder("https://spa.example").verifier(&verifier).build().err();
    /// assert!(matches!(error, Some(ConfigError::ResourceAudience(_))));
    /// ```
    pub fn verifier(mut self, verifier: &Verifier) -> Self {
        self.verifier = Some(verifier.clone());
        self
    }

    /// Adds an issuer whose tokens the resource takes, by its name as metadata and tokens have it (RFC 8414, section 2).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let metadata = ResourceMetadata::builder("https://rooms.example")
    ///     .authorization_server("https://desk.example")
    ///     .build()?;
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Self {
        self.servers.push(issuer.into());
        self
    }

    /// Adds scopes that a client may ask for, each of them one scope. The default is to name none.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let metadata = ResourceMetadata::builder("https://rooms.example")
    ///     .authorization_server("https://desk.example")
    ///     .scopes(["rooms:read", "minibar:write"])
    ///     .build()?;
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn scopes(mut self, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Sets the ways in which a token may come: `header`, `body` and `query`. The default is the header alone; a layer
    /// with [`dangerous_query_parameter`](crate::JwtLayer::dangerous_query_parameter) has `query` too, and no way at all
    /// is an empty list, for a layer that takes cookies only.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let metadata = ResourceMetadata::builder("https://rooms.example")
    ///     .authorization_server("https://desk.example")
    ///     .bearer_methods(["header", "query"])
    ///     .build()?;
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn bearer_methods(mut self, methods: impl IntoIterator<Item: Into<String>>) -> Self {
        self.methods = Some(methods.into_iter().map(Into::into).collect());
        self
    }

    /// Says what the resource is called, for people. The default is not to.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let metadata = ResourceMetadata::builder("https://rooms.example")
    ///     .authorization_server("https://desk.example")
    ///     .name("The rooms of the hotel")
    ///     .build()?;
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says at which address the documentation for developers is. The default is not to.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let metadata = ResourceMetadata::builder("https://rooms.example")
    ///     .authorization_server("https://desk.example")
    ///     .documentation("https://rooms.example/docs?for=developers")
    ///     .build()?;
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn documentation(mut self, address: impl Into<String>) -> Self {
        self.documentation = Some(address.into());
        self
    }

    /// Adds other members, of RFC 9728 or of anybody: every member of a struct or map becomes one. Those that are null or
    /// an empty array are left out (section 3.2).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// #[derive(serde::Serialize)]
    /// struct More { resource_policy_uri: &'static str }
    ///
    /// let metadata = ResourceMetadata::builder("https://rooms.example")
    ///     .authorization_server("https://desk.example")
    ///     .members(&More { resource_policy_uri: "https://rooms.example/policy" })
    ///     .build()?;
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn members<T: Serialize + ?Sized>(mut self, members: &T) -> Self {
        if let Err(fault) = add(&mut self.members, members) {
            self.fault.get_or_insert(fault);
        }
        self
    }

    /// Also takes identifiers with `http://`, for development on one machine: RFC 9728, section 1.2, allows https only,
    /// and whoever is on the way can send clients to an issuer of their own.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let metadata = ResourceMetadata::builder("http://127.0.0.1:3000/mcp")
    ///     .authorization_server("http://127.0.0.1:3001")
    ///     .dangerous_plain_http()
    ///     .build()?;
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn dangerous_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Checks all of it, and writes the document.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Resource`] if the identifier is none, [`ConfigError::ResourceAudience`] if the
    /// [verifier](Self::verifier) takes no tokens for it, and [`ConfigError::ResourceMember`] if something else cannot be
    /// said: an issuer that is no address, no issuer at all, a text that is no scope, a member that is there twice.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::ConfigError;
    /// use keycard::resource::ResourceMetadata;
    ///
    /// let built = ResourceMetadata::builder("rooms").authorization_server("https://desk.example").build();
    /// assert_eq!(built.err(), Some(ConfigError::Resource("rooms".to_owned())));
    /// ```
    pub fn build(mut self) -> Result<ResourceMetadata, ConfigError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let resource = Identifier::read(&self.resource, self.plain_http);
        let resource = resource.ok_or_else(|| ConfigError::Resource(self.resource.clone()))?;
        // RFC 9728, section 3.1: a slash that ends the host is taken away first.
        let below = if resource.path == "/" {
            ""
        } else {
            resource.path
        };
        let path = format!("{WELL_KNOWN}{below}");
        let url = format!("{}{path}", resource.origin);
        let servers = self.authorization_servers()?;
        let scopes = each_once(&self.scopes);
        let methods = match &self.methods {
            Some(methods) => each_once(methods),
            None => vec!["header".to_owned()],
        };
        self.check_texts(&scopes, &methods)?;
        let document = Document {
            resource: &self.resource,
            authorization_servers: &servers,
            scopes_supported: &scopes,
            bearer_methods_supported: &methods,
            resource_name: self.name.as_deref(),
            resource_documentation: self.documentation.as_deref(),
            members: &self.members,
        };
        let body = serde_json::to_vec(&document)
            .map_err(|_| member("members", "they cannot be written as JSON"))?;
        Ok(ResourceMetadata::new(Parts {
            resource: self.resource.into(),
            path: path.into(),
            url: url.into(),
            body: Bytes::from(body),
        }))
    }

    /// Those that were named, and those of the verifier.
    fn authorization_servers(&self) -> Result<Vec<String>, ConfigError> {
        let is_address = |issuer: &str| Identifier::read(issuer, self.plain_http).is_some();
        let mut servers = each_once(&self.servers);
        if let Some(wrong) = servers.iter().find(|server| !is_address(server)) {
            let problem = format!(
                "{wrong:?} is no issuer that can be asked: an https address without query and fragment"
            );
            return Err(member("authorization_servers", problem));
        }
        if let Some(verifier) = &self.verifier {
            if !verifier.takes_audience(&self.resource) {
                return Err(ConfigError::ResourceAudience(self.resource.clone()));
            }
            let issuers = verifier.issuers().iter().map(|issuer| &**issuer);
            servers.extend(
                issuers
                    .filter(|issuer| is_address(issuer))
                    .map(str::to_owned),
            );
            servers = each_once(&servers);
        }
        if servers.is_empty() {
            let problem = "there is none, so that no client can get a token: name one with \
                           .authorization_server(..), or a verifier that trusts an https address";
            return Err(member("authorization_servers", problem));
        }
        Ok(servers)
    }

    fn check_texts(&self, scopes: &[String], methods: &[String]) -> Result<(), ConfigError> {
        if let Some(wrong) = scopes.iter().find(|scope| !is_scope_token(scope)) {
            let problem = format!("{wrong:?} is no scope (RFC 6749, section 3.3)");
            return Err(member("scopes_supported", problem));
        }
        if let Some(wrong) = methods.iter().find(|it| !METHODS.contains(&it.as_str())) {
            let problem = format!("{wrong:?} is none of header, body and query");
            return Err(member("bearer_methods_supported", problem));
        }
        if self.name.as_deref().is_some_and(str::is_empty) {
            return Err(ConfigError::Empty("resource_name"));
        }
        let is_page = |address: &str| {
            ["https://", "http://"].into_iter().any(|scheme| {
                let rest = address.strip_prefix(scheme);
                rest.is_some_and(|rest| {
                    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic())
                })
            })
        };
        match self
            .documentation
            .as_deref()
            .filter(|address| !is_page(address))
        {
            Some(wrong) => {
                let problem = format!("{wrong:?} is no address of a page");
                Err(member("resource_documentation", problem))
            }
            None => Ok(()),
        }
    }
}

/// Adds the members of `more` to those that are there.
fn add<T: Serialize + ?Sized>(
    members: &mut Map<String, Value>,
    more: &T,
) -> Result<(), ConfigError> {
    let Ok(Value::Object(more)) = serde_json::to_value(more) else {
        return Err(member("members", "they are no object"));
    };
    for (name, value) in more {
        if OWN.contains(&name.as_str()) {
            return Err(member(name, "it has a method of its own"));
        }
        if members.contains_key(&name) {
            return Err(member(name, "it was given twice"));
        }
        if !value.is_null() && value != Value::Array(Vec::new()) {
            members.insert(name, value);
        }
    }
    Ok(())
}

fn member(name: impl Into<String>, problem: impl Into<String>) -> ConfigError {
    ConfigError::ResourceMember {
        name: name.into(),
        problem: problem.into(),
    }
}

/// Leaves out what was there before; these lists are configured, and short.
fn each_once(texts: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        if !once.contains(text) {
            once.push(text.clone());
        }
    }
    once
}

impl fmt::Debug for ResourceMetadataBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceMetadataBuilder")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
