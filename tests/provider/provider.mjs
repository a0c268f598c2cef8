// A real OpenID provider whose keys change while it runs: `node provider.mjs [--path /realms/hotel]`.
//
// Its issuer is the one line of its standard output, once it is ready. It ends when its standard input closes, so that
// nothing is left behind by a test that dies.
//
// What it adds to oidc-provider stands beside the issuer's own addresses:
//   POST /control/rotate    new keys sign, and the old ones stay published
//   POST /control/withdraw  only the keys that sign stay published
//   GET  /control/count     how often each path below the issuer was asked for, as a JSON object

import { generateKeyPair } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs, promisify } from 'node:util';

// It warns of what matters in production only: that everything is kept in memory, that this Node has no long support.
console.warn = () => {};
console.info = () => {};
const { Provider, errors } = await import('oidc-provider');

const { path } = parseArgs({ options: { path: { type: 'string', default: '' } } }).values;

// Each algorithm signs for an audience of its own.
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const AUDIENCE = 'https://rooms.example/';
const SCOPES = 'rooms:read rooms:write';

// As with many providers, the RSA key names no algorithm and serves two of them.
const KINDS = [
  ['rsa', { modulusLength: 2048 }],
  ['ec', { namedCurve: 'P-256' }],
  ['ec', { namedCurve: 'P-384' }],
  ['ed25519', {}],
];

const newKeys = () =>
  Promise.all(
    KINDS.map(async ([kind, options]) => {
      const { privateKey } = await promisify(generateKeyPair)(kind, options);
      return privateKey.export({ format: 'jwk' });
    }),
  );

// oidc-provider reads its keys once: other keys are another provider.
function provider(issuer, keys) {
  return new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: 'desk',
        client_secret: 'known-to-every-test',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes: SCOPES.split(' '),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(context, resource) {
          const algorithm = ALGORITHMS.find((name) => resource === AUDIENCE + name);
          if (!algorithm) throw new errors.InvalidTarget();
          return {
            audience: resource,
            scope: SCOPES,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 900,
            jwt: { sign: { alg: algorithm } },
          };
        },
      },
    },
  }).callback();
}

let signing = await newKeys();
let old = [];
let handler;
const count = {};

const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}${path}`;
  // The first key that fits is the one that signs.
  const restart = () => (handler = provider(issuer, [...signing, ...old]));

  const controls = {
    async 'POST /control/rotate'() {
      old = [...signing, ...old];
      signing = await newKeys();
      restart();
    },
    async 'POST /control/withdraw'() {
      old = [];
      restart();
    },
    async 'GET /control/count'() {
      return count;
    },
  };

  server.on('request', async (request, response) => {
    const { pathname } = new URL(request.url, issuer);
    const control = controls[`${request.method} ${pathname}`];
    if (control) {
      const answer = JSON.stringify((await control()) ?? {});
      response.setHeader('content-type', 'application/json').end(answer);
    } else if (pathname.startsWith(`${path}/`)) {
      const below = pathname.slice(path.length);
      count[below] = (count[below] ?? 0) + 1;
      // With both it knows where its own addresses begin.
      request.originalUrl = request.url;
      request.url = request.url.slice(path.length);
      handler(request, response);
    } else {
      response.writeHead(404).end();
    }
  });

  restart();
  console.log(issuer);
});

process.stdin.on('end', () => process.exit()).resume();
