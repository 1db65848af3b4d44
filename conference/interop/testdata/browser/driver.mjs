// Opens pages in headless Chromium and runs the course's Socket.IO server. Commands come as JSON lines on
// standard input, one at a time; each is answered by one line on standard output: {...} or
// {"error": "..."}. The end of the input ends all.
//
//   {"do":"open","url":"http://…"}         -> {"page":0}
//   {"do":"run","page":0,"code":"call.…"}  -> {"value"}: of the expression, which may be a promise
//   {"do":"close","page":0}                -> {}
//   {"do":"course","port":0}               -> {"port"}: of the server
//   {"do":"uncourse"}                      -> {}: it is gone, with all its connections
import {createInterface} from 'node:readline'
import {chromium} from 'playwright-core'
import {startCourse} from './course.mjs'

const patience = 30_000 // milliseconds

let browser
const pages = []
let lesson // the running server

async function open({url}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required',
      '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(patience)
  const n = pages.push(page) - 1
  page.on('pageerror', e => console.error(`page ${n}: ${e.stack || e}`))
  if (process.env.VERBOSE) page.on('console', m => console.error(`page ${n}: ${m.text()}`))
  await page.goto(url)
  return {page: n}
}

const run = async ({page, code}) => ({value: (await within(pages[page].evaluate(code), code)) ?? null})

async function close({page}) {
  await pages[page].close()
  return {}
}

async function course({port}) {
  lesson = await startCourse(port)
  return {port: lesson.port}
}

async function uncourse() {
  await lesson?.stop()
  lesson = undefined
  return {}
}

function within(promise, what) {
  let timer
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`waited ${patience / 1000} s for ${what}`)), patience)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const commands = {open, run, close, course, uncourse}
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
await browser?.close()
await uncourse()
process.exit()
