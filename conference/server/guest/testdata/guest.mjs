// Drives the guest page in headless Chromium. A command is a JSON line {"code": "…"} on standard input: the
// body of an async function of page, context and browser; it is answered by {"value"} or {"error"}. The end of
// the input ends all. CONFAB_GUEST_FLAGS are further flags of Chromium's.
import {createInterface} from 'node:readline'
import {chromium} from 'playwright-core'

const patience = 45_000 // milliseconds
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--auto-select-tab-capture-source-by-title=Shared',
    '--auto-select-desktop-capture-source=Shared', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ...(process.env.CONFAB_GUEST_FLAGS ?? '').split(' ').filter(Boolean),
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
    for (const line of c.getTransceivers().slice(0, 4)) {
      const stats = [...(await line.receiver.getStats()).values()].find(s => s.type === 'inbound-rtp') ?? {}
      figures.push(stats.framesDecoded ?? stats.totalAudioEnergy ?? 0)
    }
    return {energy: figures[0], camera: figures[1], screen: figures[2]}
  }))
})
const page = await context.newPage()
page.setDefaultTimeout(patience)
page.on('pageerror', e => console.error(`page: ${e.stack || e}`))
page.on('console', m => {
  if (process.env.VERBOSE || ['error', 'warning'].includes(m.type())) console.error(`page: ${m.text()}`)
})

const Code = (async () => {}).constructor
for await (const line of createInterface({input: process.stdin})) {
  let answer
  try {
    answer = {value: (await new Code('page', 'context', 'browser', JSON.parse(line).code)(page, context, browser)) ?? null}
  } catch (e) {
    answer = {error: String(e.stack ?? e)}
  }
  console.log(JSON.stringify(answer))
}
await browser.close()
process.exit()
