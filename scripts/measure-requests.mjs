#!/usr/bin/env node
// Called by `scripts/bench list` and `scripts/bench process`: requests a second of a list through
// dashboard-api beside the same list straight from PostgREST, and what a process costs at rest.
// Reads the addresses that localstack wrote from the environment.
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';

const [verb, binary] = process.argv.slice(2);
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

async function list() {
  const service = { apikey: env.SUPABASE_SERVICE_ROLE_KEY, authorization: `Bearer ${env.SUPABASE_SERVICE_ROLE_KEY}`, 'content-type': 'application/json' };
  const email = `bench-${Date.now()}@example.com`;
  const password = 'correct-horse-battery-9';
  const user = await json(`${env.SUPABASE_URL}/auth/v1/admin/users`, { method: 'POST', headers: service, body: JSON.stringify({ email, password, email_confirm: true }) });
  await json(`${env.SUPABASE_URL}/rest/v1/user_profiles?user_id=eq.${user.id}`, { method: 'PATCH', headers: service, body: JSON.stringify({ status: 'approved' }) });
  const session = await json(`${env.SUPABASE_URL}/auth/v1/token?grant_type=password`, { method: 'POST', headers: { apikey: env.SUPABASE_ANON_KEY, 'content-type': 'application/json' }, body: JSON.stringify({ email, password }) });
  const person = { apikey: env.SUPABASE_ANON_KEY, authorization: `Bearer ${session.access_token}` };
  const rows = Array.from({ length: 2000 }, (_, n) => ({ phone: `+1213${2000000 + n}`, first_name: `Customer ${n}` }));
  await json(`${env.SUPABASE_URL}/rest/v1/customers`, { method: 'POST', headers: { ...person, 'content-type': 'application/json' }, body: JSON.stringify(rows) });

  const api = await start('dashboard-api');
  const straight = `${env.SUPABASE_URL}/rest/v1/customers?select=*&order=created_at.desc,id.asc&limit=25&offset=0`;
  const through = `${api.address}/api/customers?per_page=25`;
  const rates = { straight: [], through: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.straight.push(await load(straight, { ...person, prefer: 'count=exact' }));
    rates.through.push(await load(through, person));
  }
  api.child.kill();
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const [a, b] = [median(rates.straight), median(rates.through)];
  console.log(`PostgREST, 25 of 2,000 rows and their number  ${a.toFixed(0).padStart(8)} requests/s`);
  console.log(`the same through dashboard-api                ${b.toFixed(0).padStart(8)} requests/s`);
  console.log(`through : straight                            ${(b / a).toFixed(2).padStart(8)} x   goal 0.80`);
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

await (verb === 'list' ? list() : processes());
