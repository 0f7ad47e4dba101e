// SPDX-License-Identifier: AGPL-3.0-or-later
// The reference PDS on loopback, for tests: node serve.mjs <data folder>
// Prints one line of JSON when it is ready, {"address", "adminPassword"}; ends on SIGTERM or when its stdin closes.
// Settings: https://github.com/bluesky-social/atproto/blob/main/packages/pds/src/config/env.ts
import { mkdirSync } from 'node:fs'
import { createServer, Server } from 'node:net'
import { join } from 'node:path'

process.env.LOG_ENABLED = 'false' // read by the PDS when it is imported
const { PDS } = await import('@atproto/pds')
const { startDirectory } = await import('./plc.mjs')

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

// The PDS itself listens on every interface (`app.listen(port)`); nothing here may leave this machine.
const { listen } = Server.prototype
Server.prototype.listen = function (first, ...rest) {
  return typeof first === 'number' && typeof rest[0] !== 'string'
    ? listen.call(this, first, '127.0.0.1', ...rest)
    : listen.call(this, first, ...rest)
}

const settings = (folder, port, directoryPort) => ({
  port,
  hostname: 'localhost', // an address of digits is refused by the PDS for its own calls
  devMode: true,
  dataDirectory: folder,
  blobstoreDiskLocation: join(folder, 'blobs'),
  blobstoreDiskTmpLocation: join(folder, 'blobs-tmp'),
  didPlcUrl: `http://localhost:${directoryPort}`,
  serviceHandleDomains: ['.test'],
  enableDidDocWithSession: true,
  inviteRequired: false,
  disableSsrfProtection: true,
  rateLimitsEnabled: true,
  rateLimitBypassKey: 'bypass',
  jwtSecret: 'piquet-tests-sign-with-this',
  dpopSecret: '11'.repeat(32),
  adminPassword: 'admin',
  plcRotationKeyK256PrivateKeyHex: '22'.repeat(32),
})

const folder = process.argv[2]
mkdirSync(join(folder, 'blobs-tmp'), { recursive: true })
const directory = await startDirectory()
const port = await freePort()
const pds = await PDS.fromEnv(settings(folder, port, directory.address().port))
await pds.start()

const stop = async () => {
  await pds.destroy()
  directory.close()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.stdin.on('end', stop).resume()

console.log(JSON.stringify({ address: `http://localhost:${port}`, adminPassword: 'admin' }))
