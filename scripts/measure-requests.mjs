#!/usr/bin/env node
// Called by `scripts/bench list`, `search` and `process`: requests a second of a list through dashboard-api
// beside the same list straight from PostgREST, how long searches take, and what a process costs at rest.
// Reads the addresses that localstack wrote from the environment.
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';

const [verb, binary, ...options] = process.argv.slice(2);
const env = process.env;
const CONNECTIONS = 32;
const SECONDS = 5;
const ROUNDS = 3;

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function json(url, options = {}) {
  const answer = await fetch(url, options);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${body}`);
  return body ? JSON.parse(body) : null;
}

/** Starts `dnwerks` and says how many milliseconds it took to be ready. */
async function start(subcommand) {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const child = spawn(binary, [subcommand], {
    env: { ...env, LISTEN: `127.0.0.1:${port}`, PUBLIC_BASE_URL: address, NEXTAUTH_URL: address, RUST_LOG: 'error' },
    stdio: 'inherit',
  });
  for (;;) {
    const ready = await fetch(`${address}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) return { address, child, ms: performance.now() - began };
    if (child.exitCode !== null) throw new Error(`dnwerks ${subcommand} ended`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Requests a second of `url` at so many connections, all kept open. */
async function load(url, headers) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const until = performance.now() + SECONDS * 1000;
  let answered = 0;
  const once = () =>
    new Promise((resolve, reject) => {
      http
        .get(url, { agent, headers }, (answer) => {
          answer.resume();
          answer.on('end', () => (answer.statusCode < 300 ? resolve() : reject(new Error(`${url}: ${answer.statusCode}`))));
        })
        .on('error', reject);
    });
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < until) {
        await once();
        answered += 1;
      }
    }),
  );
  agent.destroy();
  return answered / SECONDS;
}

/** Somebody who is approved, as headers. */
async function person() {
  const service = { apikey: env.SUPABASE_SERVICE_ROLE_KEY, authorization: `Bearer ${env.SUPABASE_SERVICE_ROLE_KEY}`, 'content-type': 'application/json' };
  const email = `bench-${Date.now()}@example.com`;
  const password = 'correct-horse-battery-9';
  const user = await json(`${env.SUPABASE_URL}/auth/v1/admin/users`, { method: 'POST', headers: service, body: JSON.stringify({ email, password, email_confirm: true }) });
  await json(`${env.SUPABASE_URL}/rest/v1/user_profiles?user_id=eq.${user.id}`, { method: 'PATCH', headers: service, body: JSON.stringify({ status: 'approved' }) });
  const session = await json(`${env.SUPABASE_URL}/auth/v1/token?grant_type=password`, { method: 'POST', headers: { apikey: env.SUPABASE_ANON_KEY, 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) });
  return { apikey: env.SUPABASE_ANON_KEY, authorization: `Bearer ${session.access_token}` };
}

async function list() {
  const owner = await person();
  const rows = Array.from({ length: 2000 }, (_, n) => ({ phone: `+1213${2000000 + n}`, first_name: `Customer ${n}` }));
  await json(`${env.SUPABASE_URL}/rest/v1/customers`, { method: 'POST', headers: { ...owner, 'content-type': 'application/json' }, body: JSON.stringify(rows) });

  const api = await start('dashboard-api');
  const straight = `${env.SUPABASE_URL}/rest/v1/customers?select=*&order=created_at.desc,id.asc&limit=25&offset=0`;
  const through = `${api.address}/api/customers?per_page=25`;
  const rates = { straight: [], through: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.straight.push(await load(straight, { ...owner, prefer: 'count=exact' }));
    rates.through.push(await load(through, owner));
  }
  api.child.kill();
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const [a, b] = [median(rates.straight), median(rates.through)];
  console.log(`PostgREST, 25 of 2,000 rows and their number  ${a.toFixed(0).padStart(8)} requests/s`);
  console.log(`the same through dashboard-api                ${b.toFixed(0).padStart(8)} requests/s`);
  console.log(`through : straight                            ${(b / a).toFixed(2).padStart(8)} x   goal 0.80`);
}

/** Searches as people type them, each as often among so many customers, one request at a time. */
async function search() {
  const at = options.indexOf('--rows');
  const count = at < 0 ? 1_000_000 : Number(options[at + 1]);
  const owner = await person();
  const csv = spawn('scripts/generate-customers', ['clean', String(count)]);
  const importer = await start('customer-import');
  let began = performance.now();
  const report = await json(`${importer.address}/api/customers/import`, {
    method: 'POST', headers: { ...owner, 'content-type': 'text/csv' }, body: Readable.toWeb(csv.stdout), duplex: 'half',
  });
  console.log(`${report.inserted} customers imported in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const api = await start('dashboard-api');
  const ask = async (query) => {
    const began = performance.now();
    const page = await json(`${api.address}/api/customers?${query}`, { headers: owner });
    return { ms: performance.now() - began, page };
  };
  const { page: first } = await ask('per_page=200&sort=email');
  const rare = first.data.filter((_, n) => n % 10 === 0);
  const searches = {
    'a whole e-mail address': rare.map((customer) => customer.email),
    'a whole phone number': rare.map((customer) => `${customer.phone.slice(2, 5)}-${customer.phone.slice(5, 8)}-${customer.phone.slice(8)}`),
    'its last seven digits': rare.map((customer) => customer.phone.slice(5)),
    'a part of an e-mail address': rare.map((customer) => customer.email.slice(3, customer.email.indexOf('@') + 4)),
    'a first and a last name': rare.map((customer) => `${customer.first_name} ${customer.last_name}`),
    'a last name': ['smith', 'garc', 'Björns', 'washington', 'kowal', 'ibrahim', 'nguy', 'pat', 'lop', 'mac'],
    'what nobody is called': ['zzyzx', 'quetzal', 'nobody@nowhere', '0000000', 'xylophone smith'],
  };
  const round = async () => {
    const all = [];
    for (const [kind, texts] of Object.entries(searches)) {
      const times = [];
      for (const text of texts) times.push((await ask(`search=${encodeURIComponent(text)}`)).ms);
      times.sort((a, b) => a - b);
      all.push(...times);
      console.log(`  ${kind.padEnd(30)}${times[Math.floor(times.length / 2)].toFixed(1).padStart(8)} ms at the median, ${times.at(-1).toFixed(0)} at most`);
    }
    all.sort((a, b) => a - b);
    console.log(`  ${'all of them'.padEnd(30)}${all[Math.floor(all.length / 2)].toFixed(1).padStart(8)} ms at the median   goal below 50`);
  };
  console.log('at once, while the index is still being written:');
  await round();
  began = performance.now();
  while ((await ask('search=zzyzx')).ms > 40 && performance.now() - began < 180_000) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  console.log(`indexed ${((performance.now() - began) / 1000).toFixed(0)} s later:`);
  await round();
  for (const [name, query] of [['the first page', ''], ['one state', 'state=CA'], ['page 100', 'page=100'], ['counts', null]]) {
    const times = [];
    for (let n = 0; n < 5; n += 1) {
      const began = performance.now();
      if (query === null) await json(`${api.address}/api/customers/counts`, { headers: owner });
      else await ask(query);
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    console.log(`  without a search, ${name.padEnd(12)}${times[2].toFixed(1).padStart(8)} ms at the median`);
  }
  api.child.kill();
  importer.child.kill();
}

async function processes() {
  const starts = [];
  for (let round = 0; round < 5; round += 1) {
    const all = await start('all');
    starts.push(all.ms);
    if (round === 4) {
      const status = readFileSync(`/proc/${all.child.pid}/status`, 'utf8');
      console.log(`all processes in one, at rest   ${(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024).toFixed(0).padStart(6)} MB   goal below 32`);
    }
    await new Promise((resolve) => {
      all.child.on('exit', resolve);
      all.child.kill();
    });
  }
  starts.sort((a, b) => a - b);
  console.log(`start to ready (median of 5)    ${starts[2].toFixed(0).padStart(6)} ms   goal below 100`);
  console.log(`binary, stripped                ${(statSync(binary).size / 1e6).toFixed(0).padStart(6)} MB   goal below 30`);
}

await { list, search, process: processes }[verb]();
