// Sends `messages` texts with Twilio's own SDK, `atOnce` at a time, for scripts/bench send.
// Usage: node send-messages.mjs messages atOnce
import twilio from 'twilio';

const { TWILIO_API_URL: api, TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token } = process.env;
const { TWILIO_PHONE_NUMBER: from, DNWERKS_API_URL: hooks } = process.env;
const [messages, atOnce] = process.argv.slice(2).map(Number);

/** The SDK knows only Twilio's own hosts. */
class Redirected extends twilio.RequestClient {
  request(options) {
    const { pathname, search } = new URL(options.uri);
    return super.request({ ...options, uri: new URL(pathname + search, api).href });
  }
}

const httpClient = new Redirected({ keepAlive: true, maxSockets: atOnce });
const client = twilio(account, token, { httpClient });
const body = 'Our autumn sale starts today: 20% off until Sunday. Reply STOP to opt out.';

let next = 0;
const sendUntilDone = async () => {
  while (next < messages) {
    const number = next;
    next += 1;
    const id = `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
    await client.messages.create({
      to: `+1212${2_000_001 + number}`,
      from,
      body,
      statusCallback: `${hooks}/healthz?message=${id}`,
    });
  }
};
await Promise.all(Array.from({ length: atOnce }, sendUntilDone));
