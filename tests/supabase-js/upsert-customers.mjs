#!/usr/bin/env node
// Called by `scripts/bench import`: the loop that an import replaces. Upserts the rows of a CSV with supabase-js,
// 1,000 at a time, one batch after the other, and prints the seconds it took.
//   upsert-customers.mjs CSV OWNER     reads SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY
import { createReadStream } from 'node:fs';
import readline from 'node:readline';
import { createClient } from '@supabase/supabase-js';
import ws from 'ws';

globalThis.WebSocket ??= ws;

const [file, owner] = process.argv.slice(2);
const supabase = createClient(process.env.SUPABASE_URL, process.env.SUPABASE_SERVICE_ROLE_KEY);
const lines = readline.createInterface({ input: createReadStream(file) });
const began = performance.now();
let batch = [];
let isHeader = true;
async function upsert() {
  const { error } = await supabase.from('customers').upsert(batch, { onConflict: 'phone' });
  if (error) throw error;
  batch = [];
}
for await (const line of lines) {
  if (isHeader) {
    isHeader = false;
    continue;
  }
  const [phone, first_name, last_name, email, state] = line.split(',');
  batch.push({ user_id: owner, phone: `+1${phone.replace(/\D/g, '').slice(-10)}`, first_name, last_name, email, state });
  if (batch.length === 1000) await upsert();
}
if (batch.length > 0) await upsert();
console.log((performance.now() - began) / 1000);
