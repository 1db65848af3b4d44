// Holds a call of headless Chromium pages, each in a browser of its own, so that participants are like
// users on machines of their own. Commands come as JSON lines on standard input, one at a time; each is
// answered by one line on standard output: {...} or {"error": "..."}. The end of the input ends all.
//
//   {"do":"start","people":2,"clip":"clip.y4m","width":640,"height":360}  -> {"version","pids"}
//   {"do":"join","page":1}                   -> {"milliseconds"}: until its first decoded picture
//   {"do":"leave","page":1}                  -> {}
//   {"do":"figures"}                         -> {"figures"}: for each page, for each of the others
//   {"do":"grab","page":1,"count":20,"file":"x"} -> {"files"}: x-640x360.y4m, one for each size that arrives
//   {"do":"stop"}                            -> {}
import {appendFile, readFile, writeFile} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {chromium} from 'playwright-core'

const html = await readFile(new URL('page.html', import.meta.url), 'utf8')
const address = 'http://localhost/' // answered here; cameras are given to secure origins only
const patience = 60_000 // milliseconds for what must come
const grabbing = 8_000 // milliseconds for pictures to compare; a machine that is too busy decodes few

let servers = [] // one browser a participant
let pages = []
const present = new Set() // numbers of the pages in the room

async function start({people, clip, width, height}) {
  const options = {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${clip}`,
      '--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  }
  let version
  for (let n = 0; n < people; n++) {
    const server = await chromium.launchServer(options)
    servers.push(server)
    const browser = await chromium.connect(server.wsEndpoint())
    version = browser.version()
    pages.push(await openPage(browser, n, width, height))
  }
  return {version, pids: servers.map(s => s.process().pid)}
}

async function openPage(browser, n, width, height) {
  const page = await browser.newPage()
  page.setDefaultTimeout(patience)
  page.on('pageerror', e => console.error(`page ${n}: ${e.stack}`))
  await page.route('**/*', route => route.fulfill({contentType: 'text/html', body: html}))
  await page.exposeFunction('relay', (to, message) => pages[to].evaluate(([from, m]) => receive(from, m), [n, message]))
  await page.goto(address)
  await page.evaluate(([w, h]) => open(w, h), [width, height])
  return page
}

async function join({page: n}) {
  const others = [...present]
  present.add(n)
  await pages[n].evaluate(() => join())
  await Promise.all(others.map(other => pages[other].evaluate(to => offer(to), n)))
  // The newcomer has a pair once the offer has come.
  await pages[n].waitForFunction(all => all.every(other => pairs.has(other)), others)
  const first = await within(pages[n].evaluate(all => pictures(all), others), 'a first picture')
  await within(Promise.all(others.map(other => pages[other].evaluate(all => pictures(all), [n]))), 'a picture of the newcomer')
  return {milliseconds: first}
}

async function leave({page: n}) {
  present.delete(n)
  const others = [...present]
  await pages[n].evaluate(all => leave(all), others)
  await Promise.all(others.map(other => pages[other].evaluate(all => leave(all), [n])))
  return {}
}

async function figures() {
  return {figures: await Promise.all(pages.map(p => p.evaluate(() => figures())))}
}

// grab writes what a page gets of the others as YUV4MPEG2.
async function grab({page: n, count, file}) {
  const all = await within(pages[n].evaluate(([c, ms]) => grab(c, ms), [count, grabbing]), 'pictures')
  const files = new Set()
  for (const {width, height, pixels} of all) {
    const name = `${file}-${width}x${height}.y4m`
    if (!files.has(name)) await writeFile(name, `YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420jpeg\n`)
    files.add(name)
    await appendFile(name, 'FRAME\n')
    await appendFile(name, Buffer.from(pixels, 'base64'))
  }
  return {files: [...files]}
}

function within(promise, what) {
  let timer
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`waited ${patience / 1000} s for ${what}`)), patience)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function stop() {
  const ended = servers
  servers = []
  pages = []
  present.clear()
  await Promise.all(ended.map(s => s.close().catch(() => s.kill())))
  return {}
}

const commands = {start, join, leave, figures, grab, stop}
for await (const line of createInterface({input: process.stdin})) {
  let answer
  try {
    const command = JSON.parse(line)
    answer = await commands[command.do](command)
  } catch (e) {
    answer = {error: String(e.stack ?? e)}
  }
  console.log(JSON.stringify(answer))
}
await stop()
process.exit()
