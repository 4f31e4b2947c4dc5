// A handler as an application has one: it keeps every request as it came,
// answers 200, and lets checks wait for what they expect.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { parse } from './body.mjs'

const patience = 15_000 // milliseconds

export class Receiver {
  #server = createServer((request, response) => this.#receive(request, response))
  #waiting = new Set()
  #reactions = new Map()
  requests = []

  /** start listens on a free port of the loopback interface. */
  async start() {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.origin = `http://127.0.0.1:${this.#server.address().port}`
    return this
  }

  stop() {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** react runs what the handler does with a request to path before it answers. */
  react(path, reaction) {
    this.#reactions.set(path, reaction)
  }

  /** at lists the requests to a path, in the order of arrival. */
  at(path) {
    return this.requests.filter(r => r.path === path)
  }

  /** arrived waits until n requests came to a path and returns them. */
  async arrived(path, n) {
    const due = Date.now() + patience
    while (this.at(path).length < n) {
      if (Date.now() > due) {
        throw new Error(`${this.at(path).length} of ${n} events came to ${path} within ${patience / 1000} s`)
      }
      await this.#next(due - Date.now())
    }
    return this.at(path)
  }

  #next(milliseconds) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#waiting.add(() => { clearTimeout(timer); resolve() })
    })
  }

  async #receive(request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const raw = Buffer.concat(chunks).toString('utf8')
    const seen = { path: request.url, method: request.method, headers: request.headers, raw, fields: parse(raw) }
    const reaction = this.#reactions.get(request.url)
    if (reaction) {
      seen.reaction = await reaction(seen).then(value => ({ value }), error => ({ error }))
    }
    this.requests.push(seen)
    response.writeHead(200).end()
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
