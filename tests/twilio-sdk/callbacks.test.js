// Twilio's own SDKs, npm's and PyPI's, sign callbacks and inbound texts, and our routes accept them and nothing else.
// Needs a running stack: PUBLIC_BASE_URL, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN; and TWILIO_PYTHON, a Python that has
// the library in requirements.txt.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import twilio from 'twilio';

const { PUBLIC_BASE_URL: base, TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token } = process.env;
const status = '/api/webhooks/twilio/status';
const inbound = '/api/webhooks/twilio/inbound';
const deadline = { timeout: 30_000 };

/** Each signs requests of { token, url, params }, where the params of what is no form are null. */
const signers = {
  'npm twilio': (requests) =>
    requests.map(({ token, url, params }) => {
      const named = params && Object.fromEntries(params.map(([name]) => [name, valuesOf(params, name)]));
      return twilio.getExpectedTwilioSignature(token, url, named);
    }),
  'PyPI twilio': async (requests) => {
    const python = process.env.TWILIO_PYTHON;
    assert.ok(python, 'no TWILIO_PYTHON: scripts/test node installs the library and sets it');
    const script = new URL('signatures.py', import.meta.url).pathname;
    const { promise, resolve, reject } = withResolvers();
    const child = execFile(python, [script], (error, output) => (error ? reject(error) : resolve(output)));
    child.stdin.end(JSON.stringify(requests));
    return JSON.parse(await promise);
  },
};

/** A field that comes once is a text, as a server's framework hands it to the SDK. */
function valuesOf(params, wanted) {
  const values = params.filter(([name]) => name === wanted).map(([, value]) => value);
  return values.length === 1 ? values[0] : values;
}

function withResolvers() {
  const resolvers = {};
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return resolvers;
}

const sid = () => `SM${randomBytes(16).toString('hex')}`;
/** A valid number that no other test uses. */
const someone = () => `+1628${String(Math.floor(Math.random() * 7_000_000) + 2_000_000)}`;

/** The fields of a status callback; those of the same name in `more` replace them. */
const callback = (...more) => [
  ...[
    ['AccountSid', account],
    ['MessageSid', sid()],
    ['MessageStatus', 'delivered'],
    ['From', '+15005550006'],
    ['To', someone()],
    ['ApiVersion', '2010-04-01'],
  ].filter(([name]) => !more.some(([other]) => other === name)),
  ...more,
];
const text = (body, ...more) => [
  ...[
    ['AccountSid', account],
    ['MessageSid', sid()],
    ['From', someone()],
    ['To', '+15005550006'],
    ['Body', body],
    ['NumMedia', '0'],
  ].filter(([name]) => !more.some(([other]) => other === name)),
  ...more,
];

/** A form, signed over its fields. */
const form = (path, params, encode = (pairs) => new URLSearchParams(pairs).toString()) => ({
  path,
  params,
  type: 'application/x-www-form-urlencoded; charset=UTF-8',
  body: encode(params),
});
/** JSON, whose hash is in the URL and so in the signature. */
const json = (path, params, body = JSON.stringify(Object.fromEntries(params))) => ({
  path: `${path}${path.includes('?') ? '&' : '?'}bodySHA256=${twilio.getExpectedBodyHash(body)}`,
  params: null,
  type: 'application/json',
  body,
});
const percents = (pairs) => pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');

/** Sends exactly these bytes: `fetch` would write some characters of a URL in another way. */
async function post({ path, type, body }, signature) {
  const { hostname, port } = new URL(base);
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  if (signature !== undefined) headers['x-twilio-signature'] = signature;
  const sent = httpRequest({ method: 'POST', hostname, port, path, headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let answer = '';
  for await (const chunk of response) answer += chunk;
  return { status: response.statusCode, body: answer };
}

const accepted = {
  'a callback': form(status, callback()),
  'our message in the query': form(`${status}?message=${randomUUID()}`, callback()),
  'encoded and raw characters in the query': form(
    `${status}?message=${randomUUID()}&a=b%20c%2Bd&e=f+g&h='i'&%C3%BC=%E2%82%AC&j=&k&k=(l)*!~`,
    callback(),
  ),
  'a failure with its reason': form(
    status,
    callback(['MessageStatus', 'undelivered'], ['ErrorCode', '30005'], ['ErrorMessage', 'Größe & = % +']),
  ),
  'unknown fields and a status nobody knows': form(status, callback(['Zusatz', 'ja'], ['MessageStatus', 'teleported'])),
  'empty values': form(status, callback(['SmsSid', ''], ['ErrorMessage', ''], ['RawDlrDoneDate', ''])),
  'repeated fields': form(status, callback(['Tag', 'b'], ['Tag', 'a'], ['Tag', 'b'], ['Tag', ''])),
  'spaces as %20': form(status, callback(['ErrorMessage', 'a b+c  d']), percents),
  'names in any case and order': form(status, [['z', '1'], ['Z', '2'], ['_', '3'], ['é', '4'], ...callback()]),
  'no field but the account': form(status, [['AccountSid', account]]),
  'JSON': json(status, callback()),
  'JSON with our message and odd text': json(
    `${status}?message=${randomUUID()}&a=b%20c`,
    callback(['ErrorMessage', 'Zoë\u2028 \\ " 😀'], ['ErrorCode', 30003], ['Nothing', null]),
  ),
  'a text': form(inbound, text('When do you open?')),
  'a text in many alphabets': form(inbound, text('Grüße, 你好 & שלום = 100 % 😀\r\n+1 +2\t')),
  'an empty text with a picture': form(inbound, text('', ['MediaUrl0', 'https://a.test/?b=c&d=e'], ['FromCity', ''])),
  'a text as JSON': json(inbound, text('Is this + that?')),
};

for (const [name, sign] of Object.entries(signers)) {
  test(`what ${name} signs is accepted`, deadline, async (t) => {
    const cases = Object.entries(accepted);
    const requests = cases.map(([, request]) => ({ token, url: base + request.path, params: request.params }));
    const signatures = await sign(requests);
    for (const [number, [what, request]] of cases.entries()) {
      await t.test(what, async () => {
        const answer = await post(request, signatures[number]);
        const wanted = request.path.startsWith(status)
          ? { status: 204, body: '' }
          : { status: 200, body: answer.body };
        assert.deepEqual(answer, wanted);
        if (wanted.status === 200) assert.match(answer.body, /<Response/);
      });
    }
  });

  test(`a text that ${name} signs is understood`, deadline, async () => {
    // Twilio does not know this STOP, so that we answer it.
    const words = [form(inbound, text('ＳＴＯＰ！ please')), json(inbound, text('ＳＴＯＰ！'))];
    const requests = words.map(({ path, params }) => ({ token, url: base + path, params }));
    const signatures = await sign(requests);
    for (const [number, word] of words.entries()) {
      assert.match((await post(word, signatures[number])).body, /<Message>/);
    }
  });

  test(`what ${name} signs without the port is accepted`, deadline, async () => {
    const request = form(status, callback());
    const url = new URL(base);
    url.port = '';
    const [signature] = await sign([{ token, url: url.origin + request.path, params: request.params }]);
    assert.equal((await post(request, signature)).status, 204);
  });

  test(`what was changed after ${name} signed it is refused`, deadline, async (t) => {
    const plain = form(`${status}?message=${randomUUID()}`, callback());
    const hashed = json(`${status}?message=${randomUUID()}`, callback());
    const stranger = ['AccountSid', `AC${'9'.repeat(32)}`];
    const unchanged = (request) => ({ request, sent: request });
    const changed = (request, change) => ({ request, sent: { ...request, ...change(request) } });
    const bodyWith = (edit) => ({ body }) => ({ body: edit(body) });
    const tampered = {
      'another token': { ...unchanged(plain), key: 'not-the-token' },
      'another token for JSON': { ...unchanged(hashed), key: 'not-the-token' },
      'an empty token': { ...unchanged(plain), key: '' },
      'another status': changed(plain, bodyWith((body) => body.replace('=delivered', '=failed'))),
      'one more field': changed(plain, bodyWith((body) => `${body}&ErrorCode=21610`)),
      'one field less': changed(plain, bodyWith((body) => body.replace(/^AccountSid=[^&]*&/, ''))),
      'a field again with another value': changed(plain, bodyWith((body) => `${body}&MessageStatus=failed`)),
      'another message in the query': changed(plain, () => ({ path: `${status}?message=${randomUUID()}` })),
      'no query': changed(plain, () => ({ path: status })),
      'another route': changed(plain, ({ path }) => ({ path: path.replace(status, inbound) })),
      'a form that claims to be JSON': changed(plain, () => ({ type: 'application/json' })),
      'JSON with another status': changed(hashed, bodyWith((body) => body.replace('delivered', 'failed'))),
      'JSON with the hash of another body': changed(hashed, ({ path }) => {
        const body = '{"MessageStatus":"failed"}';
        return { body, path: path.replace(/[0-9a-f]{64}/, twilio.getExpectedBodyHash(body)) };
      }),
      'JSON without its hash': changed(hashed, ({ path }) => ({ path: path.replace(/&bodySHA256=.*/, '') })),
      'another account': unchanged(form(status, callback(stranger))),
      'another account in JSON': unchanged(json(status, callback(stranger))),
      'another account in a text': unchanged(form(inbound, text('Hello', stranger))),
    };
    const cases = Object.entries(tampered);
    const requests = cases.map(([, { request, key }]) => ({
      token: key ?? token,
      url: base + request.path,
      params: request.params,
    }));
    const signatures = await sign(requests);
    for (const [number, [what, { sent }]] of cases.entries()) {
      await t.test(what, async () => {
        assert.deepEqual(await post(sent, signatures[number]), { status: 403, body: '' });
      });
    }
    const [good] = await sign([{ token, url: base + plain.path, params: plain.params }]);
    for (const bad of [undefined, '', good.slice(0, -1), `${good}=`, good.toLowerCase(), `${good}, ${good}`]) {
      assert.equal((await post(plain, bad)).status, 403, `signature ${bad}`);
    }
    assert.equal((await post(plain, good)).status, 204, 'untouched, it is accepted');
  });
}
