// An independent OpenID provider for the tests: npm's oidc-provider with its development pages.
//
// One argument, JSON: {"modules", "port", "redirect_uris", "client_jwks"}. Whoever signs in types
// "given/birth date/level/number" as login, and that is who they are: see tests/factories/eid.py.

import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const told = JSON.parse(process.argv[2]);
const { default: Provider } = await import(
  pathToFileURL(`${told.modules}/oidc-provider/lib/index.js`).href
);

const keys = [
  ['rsa', { modulusLength: 2048 }], ['ec', { namedCurve: 'P-256' }], ['ed25519', {}],
].map(([type, options]) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', kid: type,
}));

const common = {
  redirect_uris: told.redirect_uris, grant_types: ['authorization_code'], response_types: ['code'],
};
const secret = (client_id, algorithm = 'RS256') => ({
  ...common, client_id, client_secret: 'a secret: of the tests & 100% theirs',
  id_token_signed_response_alg: algorithm,
});

const provider = new Provider(`http://127.0.0.1:${told.port}`, {
  clients: [
    secret('shifayol'), secret('another'), secret('with-ps256', 'PS256'),
    secret('with-es256', 'ES256'), secret('with-eddsa', 'EdDSA'),
    {
      ...common, client_id: 'with-key', token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256', jwks: told.client_jwks,
    },
  ],
  jwks: { keys },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
  acrValues: ['urn:level:low', 'urn:level:substantial', 'urn:level:high'],
  claims: {
    openid: ['sub'], acr: null, auth_time: null, iss: null, sid: null,
    profile: ['given_name', 'family_name', 'birthdate', 'pin'],
  },
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  async findAccount(ctx, id) {
    const [given_name, birthdate, , pin] = id.split('/');
    return {
      accountId: id,
      claims: async () => ({ sub: id, given_name, family_name: 'Testova', birthdate, pin }),
    };
  },
});

// The development pages know no level: it is part of what was typed.
const finish = provider.interactionFinished.bind(provider);
provider.interactionFinished = (request, response, result, options) => {
  if (result.login) result.login.acr = `urn:level:${result.login.accountId.split('/')[2]}`;
  return finish(request, response, result, options);
};

provider.listen(told.port, '127.0.0.1');
