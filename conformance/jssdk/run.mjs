// Drives a running `onevent dev` with the official JavaScript SDK, over TLS and
// plain, and prints a report of named checks as JSON. Exit code 1: one failed.
//
//   onevent dev --creds creds.json &
//   NODE_EXTRA_CA_CERTS=.onevent/ca.pem node run.mjs creds.json
//
// NODE_EXTRA_CA_CERTS is what creds.json names as ca_file: Node reads it once,
// when it starts, so the script can't set it for itself.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { LogLevel } from '@bitrix24/b24jssdk'
import { accountOf, application, hook } from './clients.mjs'
import { ofApplication, ofHook, ofRefresh } from './errors.mjs'
import { events } from './events.mjs'
import { complaints, deprecated, overhear } from './journal.mjs'
import { activities, entries, general } from './methods.mjs'
import { Receiver } from './receiver.mjs'
import { Report } from './report.mjs'
import { overTLS } from './tls.mjs'
import { refresh } from './tokens.mjs'


const [file] = process.argv.slice(2)
if (!file) {
  console.error('usage: node run.mjs CREDS_FILE')
  process.exit(2)
}
const heard = overhear()
const creds = JSON.parse(await readFile(file, 'utf8'))
const report = new Report()
const receiver = await new Receiver().start()

if (creds.tls_webhook_url) await report.part('webhook', webhook)
let refreshToken = creds.refresh_token
for (const [name, portal, oauth] of [
  ['plain', creds.portal_url, creds.oauth_url],
  ['tls', creds.tls_portal_url, creds.tls_oauth_url],
]) {
  if (portal) await report.part(name, () => base(name, accountOf(creds, portal, oauth)))
}
if (creds.tls_portal_url) await report.part('over tls', () => overTLS(report, creds))
receiver.stop()
await silence()
process.stdout.write(JSON.stringify(report, null, 2) + '\n', () => process.exit(report.failed > 0 ? 1 : 0))

async function webhook() {
  const client = hook(creds.tls_webhook_url)
  await general(report, 'webhook', client, creds, false)
  await activities(report, 'webhook', client, creds)
  await entries(report, 'webhook', client, creds)
  await ofHook(report, client, creds)
}

async function base(name, account) {
  await ofRefresh(report, name, creds, account, refreshToken)
  const tokens = await refresh(report, name, creds, account, refreshToken)
  refreshToken = tokens.refreshToken
  const client = application(creds, account, tokens)
  await general(report, name, client, creds, true)
  await activities(report, name, client, creds)
  await entries(report, name, client, creds)
  await ofApplication(report, name, client, creds)
  await events(report, name, client, creds, account, receiver)
}

/** silence is what all the calls before must have left behind. */
async function silence() {
  await report.check('sdk: it logged no error, and no warning but of its own older names', async () => {
    const found = complaints(LogLevel.WARNING).filter(record => !deprecated(record))
    assert.deepEqual(found.map(r => `${r.levelName}: ${r.message} ${JSON.stringify(r.context)}`), [])
  })
  await report.check('sdk: it printed nothing', async () => {
    assert.deepEqual(heard, [])
  })
}
