// The management API of the portal, as far as checks need it.
import assert from 'node:assert/strict'

export class Management {
  #base
  #headers

  constructor(creds, portalURL) {
    this.portal = `/portals/${creds.member_id}`
    this.#base = `${portalURL}/admin/v1`
    this.#headers = { authorization: `Bearer ${creds.admin_token}`, 'content-type': 'application/json' }
  }

  async #ask(method, path, body) {
    const answer = await fetch(this.#base + path, { method, headers: this.#headers, body: body && JSON.stringify(body) })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path} answers ${answer.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  stats() {
    return this.#ask('GET', '/stats')
  }

  /** settings changes settings of the portal. */
  settings(values) {
    return this.#ask('PATCH', this.portal, { settings: values })
  }

  /** user makes a person of the portal and returns his id. */
  async user(name) {
    const email = `${name}.${Date.now()}@people.example`.toLowerCase()
    return (await this.#ask('POST', `${this.portal}/users`, { name, email })).user_id
  }

  /** dismiss takes everything from a user that he could call with. */
  dismiss(userID) {
    return this.#ask('PATCH', `${this.portal}/users/${userID}`, { active: false })
  }

  /** webhook makes an incoming webhook and returns the code in its path. */
  async webhook(userID, scope) {
    return (await this.#ask('POST', `${this.portal}/webhooks/incoming`, { user_id: userID, scope })).code
  }

  /** tokens makes tokens of a user for an application that is installed. */
  async tokens(clientID, userID) {
    return tokensOf(await this.#ask('POST', `${this.portal}/installations/${clientID}/tokens`, { user_id: userID }))
  }

  /** application registers and installs an application and returns its credentials and tokens. */
  async application(name, scope) {
    const app = await this.#ask('POST', '/applications', { name, kind: 'local', ui: false })
    await this.#ask('POST', `/applications/${app.client_id}/versions`, { version: '1.0.0', scope })
    const installed = await this.#ask('PUT', `${this.portal}/installations/${app.client_id}`, { version: '1.0.0' })
    return { ...app, tokens: tokensOf(installed) }
  }

  uninstall(clientID) {
    return this.#ask('DELETE', `${this.portal}/installations/${clientID}?clean=1`)
  }
}

function tokensOf(answer) {
  return { accessToken: answer.access_token, refreshToken: answer.refresh_token, expires: answer.expires }
}
