// SPDX-License-Identifier: AGPL-3.0-or-later
// A DID directory in memory, enough for one PDS: https://web.plc.directory/api/redoc
import { createServer } from 'node:http'
import plc from '@did-plc/lib'

class Absent extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

const body = async (request) => {
  const parts = []
  for await (const part of request) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString())
}

/** Append an operation if the signed log that results is a valid one. */
const append = async (logs, did, operation) => {
  const log = [...(logs.get(did) ?? []), operation]
  await plc.validateOperationLog(did, log)
  logs.set(did, log)
  return {}
}

const read = (logs, did, what) => {
  const log = logs.get(did)
  if (!log) throw new Absent(404, `DID not registered: ${did}`)
  if (what === 'log') return log
  if (what === 'log/last') return log.at(-1)
  const data = plc.opToData(did, log.at(-1))
  if (!data) throw new Absent(410, `DID not available: ${did}`)
  return what === 'data' ? data : plc.formatDidDoc(data)
}

const answer = async (logs, request) => {
  const [did, ...rest] = decodeURIComponent(request.url).slice(1).split('/')
  if (did === '_health') return { version: 'memory' }
  if (request.method === 'POST') return append(logs, did, await body(request))
  return read(logs, did, rest.join('/'))
}

/** Listen on a free port of loopback; resolves to the node:http server. */
export const startDirectory = async () => {
  const logs = new Map()
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json')
    try {
      response.end(JSON.stringify(await answer(logs, request)))
    } catch (error) {
      response.statusCode = error.status ?? 400
      response.end(JSON.stringify({ message: error.message }))
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
