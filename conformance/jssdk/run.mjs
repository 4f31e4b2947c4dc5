// Drives a running `onevent dev` with the official JavaScript SDK, over TLS and
// plain, and prints a report of named checks as JSON. Exit code 1: one failed.
//
//   onevent dev --creds creds.json &
//   NODE_EXTRA_CA_CERTS=.onevent/ca.pem node run.mjs creds.json
//
// NODE_EXTRA_CA_CERTS is what creds.json names as ca_file: Node reads it once,
// when it starts, so the script can't set it for itself.
import { readFile } from 'node:fs/promises'
import { accountOf, application, hook } from './clients.mjs'
import { ofApplication, ofHook, ofRefresh } from './errors.mjs'
import { events } from './events.mjs'
import { activities, entries, general } from './methods.mjs'
import { Receiver } from './receiver.mjs'
import { Report } from './report.mjs'
import { refresh } from './tokens.mjs'

const [file] = process.argv.slice(2)
if (!file) {
  console.error('usage: node run.mjs CREDS_FILE')
  process.exit(2)
}
const creds = JSON.parse(await readFile(file, 'utf8'))
const report = new Report()
const receiver = await new Receiver().start()

if (creds.tls_webhook_url) await webhook()
let refreshToken = creds.refresh_token
for (const [name, portal, oauth] of [
  ['plain', creds.portal_url, creds.oauth_url],
  ['tls', creds.tls_portal_url, creds.tls_oauth_url],
]) {
  if (portal) await base(name, accountOf(creds, portal, oauth))
}
receiver.stop()
console.log(JSON.stringify(report, null, 2))
process.exit(report.failed > 0 ? 1 : 0)

async function webhook() {
  const client = hook(creds)
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
