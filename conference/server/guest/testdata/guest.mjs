// Drives the guest page in headless Chromium. A command is a JSON line {"code": "…"} on standard input: the
// body of an async function that knows page and context; it is answered by {"value"} or {"error"}. The end of
// the input ends all.
import {createInterface} from 'node:readline'
import {chromium} from 'playwright-core'

const patience = 45_000 // milliseconds
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--auto-select-tab-capture-source-by-title=Shared',
    '--auto-select-desktop-capture-source=Shared', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
})
const context = await browser.newContext({viewport: {width: 1280, height: 800}, colorScheme: 'dark'})
await context.addInitScript(() => {
  const Plain = RTCPeerConnection
  globalThis.connections = []
  globalThis.RTCPeerConnection = class extends Plain {
    constructor(...settings) {
      super(...settings)
      connections.push(this)
    }
  }
  // links are the figures of what comes: of camera and screen, and the energy of the sound.
  globalThis.links = () => Promise.all(connections.filter(c => c.connectionState === 'connected').map(async c => {
    const figures = []
    let height // of the camera's picture
    for (const line of c.getTransceivers().slice(0, 4)) {
      const stats = [...(await line.receiver.getStats()).values()].find(s => s.type === 'inbound-rtp') ?? {}
      if (figures.length === 1) height = stats.frameHeight ?? 0
      figures.push(stats.framesDecoded ?? stats.totalAudioEnergy ?? 0)
    }
    return {energy: figures[0], camera: figures[1], screen: figures[2], height}
  }))
})
context.setDefaultTimeout(patience)
context.on('page', page => {
  page.on('pageerror', e => console.error(`page: ${e.stack || e}`))
  page.on('console', m => {
    if (process.env.VERBOSE || m.type() === 'warning') console.error(`page: ${m.text()}`)
  })
})
const world = {page: await context.newPage(), context}

const Code = (async () => {}).constructor
for await (const line of createInterface({input: process.stdin})) {
  let answer
  try {
    answer = {value: (await new Code('world', `with (world) { ${JSON.parse(line).code} }`)(world)) ?? null}
  } catch (e) {
    answer = {error: String(e.stack ?? e)}
  }
  console.log(JSON.stringify(answer))
}
await browser.close()
process.exit()
