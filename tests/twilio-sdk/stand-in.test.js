// Twilio's own SDK judges the stand-in: it must be able to talk to it, and accept its signatures.
// Needs a running stack: TWILIO_API_URL, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import twilio from 'twilio';

const { TWILIO_API_URL: api, TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token } = process.env;
const from = process.env.TWILIO_PHONE_NUMBER ?? '+14155552672';
const deadline = { timeout: 20_000 };

/** The SDK knows only Twilio's own hosts. */
class Redirected extends twilio.RequestClient {
  request(options) {
    const { pathname, search } = new URL(options.uri);
    return super.request({ ...options, uri: new URL(pathname + search, api).href });
  }
}

const client = twilio(account, token, { httpClient: new Redirected() });
/** A valid number that no other test uses. */
const someone = () => `+1415555${String(Math.floor(Math.random() * 9000) + 1000)}`;

let hooks;
let origin;
const received = [];
const waiting = [];

before(async () => {
  hooks = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({
      url: origin + request.url,
      signature: request.headers['x-twilio-signature'],
      params: Object.fromEntries(new URLSearchParams(body)),
    });
    response.setHeader('content-type', 'text/xml');
    response.end('<Response/>');
    for (const look of waiting) look();
  }).listen(0, '127.0.0.1');
  await once(hooks, 'listening');
  origin = `http://127.0.0.1:${hooks.address().port}`;
});
after(() => hooks.close());

/** The requests to `path`, once there are as many as wanted. */
const requestsTo = (path, wanted) =>
  new Promise((resolve) => {
    const look = () => {
      const found = received.filter(({ url }) => url.startsWith(origin + path));
      if (found.length >= wanted) resolve(found);
    };
    waiting.push(look);
    look();
  });

const valid = ({ signature, url, params }) => twilio.validateRequest(token, signature, url, params);

test('the SDK sends, fetches and lists, and accepts every callback', deadline, async () => {
  const to = someone();
  const sent = await client.messages.create({
    to,
    from,
    body: 'Grüße & good day',
    statusCallback: `${origin}/status?message=0192&x=a%20b#rc=5`,
  });
  assert.match(sent.sid, /^SM[0-9a-f]{32}$/);
  assert.equal(sent.numSegments, '1');
  assert.ok(sent.dateCreated instanceof Date);

  const callbacks = await requestsTo('/status', 2);
  assert.deepEqual(callbacks.map(({ params }) => params.MessageStatus), ['sent', 'delivered']);
  for (const callback of callbacks) {
    assert.ok(valid(callback));
    assert.equal(callback.url, `${origin}/status?message=0192&x=a%20b`);
    assert.ok(!valid({ ...callback, params: { ...callback.params, MessageStatus: 'failed' } }));
  }

  const fetched = await client.messages(sent.sid).fetch();
  assert.equal(fetched.status, 'delivered');
  assert.equal(fetched.body, 'Grüße & good day');
  const listed = await client.messages.list({ to, pageSize: 1 });
  assert.deepEqual(listed.map(({ sid }) => sid), [sent.sid]);
});

test('the SDK follows the pages of a list', deadline, async () => {
  const to = someone();
  const sids = [];
  for (let number = 0; number < 5; number += 1) {
    sids.unshift((await client.messages.create({ to, from, body: `Hello ${number}` })).sid);
  }
  const listed = await client.messages.list({ to, pageSize: 2 });
  assert.deepEqual(listed.map(({ sid }) => sid), sids);
});

test('the SDK accepts the signature of an inbound message, empty fields included', deadline, async () => {
  const inbound = { from: someone(), to: from, body: 'Hello?', url: `${origin}/inbound` };
  const answer = await fetch(new URL('/_control/inbound', api), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(inbound),
  });
  assert.equal((await answer.json()).body, '<Response/>');
  const [message] = await requestsTo('/inbound', 1);
  assert.equal(message.params.FromCity, '');
  assert.ok(valid(message));
});

test('a refusal reaches the SDK with its code', deadline, async () => {
  await assert.rejects(client.messages.create({ to: '+1415', from, body: 'Hello' }), {
    code: 21211,
    status: 400,
  });
  const stranger = twilio(account, 'wrong', { httpClient: new Redirected() });
  await assert.rejects(stranger.messages.create({ to: someone(), from, body: 'Hello' }), {
    code: 20003,
    status: 401,
  });
});
