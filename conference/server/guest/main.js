// A page for somebody who has only a browser. The address names the room: …/r/ROOM. What follows a "#"
// there is the invitation's key, which seals what the server carries and is never sent.
import {Call} from './call.js'
import {label} from './icons.js'
import {pressed} from './keys.js'
import {Lobby} from './lobby.js'
import {LocalMedia} from './media.js'
import {keyOf} from './seal.js'
import {brokenInvitation, left, noWebRTC, refusal, unsealable} from './sentences.js'

const $ = id => document.getElementById(id)
const media = new LocalMedia(() => mediaChanged(), say)
let call
const lobby = new Lobby(media, roomOfAddress(), join)

function roomOfAddress() {
  try {
    return decodeURIComponent(location.pathname.slice(location.pathname.lastIndexOf('/') + 1))
  } catch {
    return ''
  }
}

// server is the signaling server: the one that gave this page.
function server() {
  const url = new URL('..', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = url.hash = ''
  return url.href
}

function mediaChanged() {
  if (call) return call.mediaChanged()
  lobby.render()
  lobby.list()
}

// say shows a sentence until the next one before a call, and in it for some seconds, or, if it stays, until
// somebody has read it.
let fading
function say(sentence, stays = false) {
  if (!call) {
    $('device-trouble').textContent = sentence
    return
  }
  if (!sentence) return
  clearTimeout(fading)
  $('toast').hidden = false
  $('toast').querySelector('p').textContent = sentence
  if (!stays) fading = setTimeout(hush, 8000)
}

function hush() { $('toast').hidden = true }

async function join({room, name, password}) {
  lobby.say('')
  lobby.greet('')
  lobby.busy(true)
  let key
  try {
    key = keyOf(location.hash)
  } catch {
    lobby.busy(false)
    return lobby.say(brokenInvitation)
  }
  if (key && !globalThis.crypto.subtle) {
    lobby.busy(false)
    return lobby.say(unsealable)
  }
  const next = new Call(server(), media, ended, say, key)
  try {
    await next.join(room, name, password)
  } catch (e) {
    if (!e.code) console.error(e)
    if (e.code === 'unauthorized') lobby.askPassword(refusal(password ? 'unauthorized' : 'password-needed'))
    else lobby.say(refusal(e.code))
    return
  } finally {
    lobby.busy(false)
  }
  call = next
  lobby.close()
  $('call').hidden = false
  $('room-name').focus() // what was in focus is gone
  document.title = `${room} - Confab`
  if (room !== roomOfAddress()) history.replaceState(null, '', encodeURIComponent(room) + location.search + location.hash)
  call.mediaChanged()
}

function ended(sentence) {
  call = undefined
  $('call').hidden = true
  hush()
  $('device-trouble').textContent = ''
  document.title = 'Confab'
  lobby.open()
  if (sentence) lobby.say(sentence)
  else lobby.greet(left)
}

addEventListener('pagehide', () => {
  call?.leave()
  media.close()
})
addEventListener('online', () => call?.signaling.hurry())
for (const event of ['click', 'keydown']) addEventListener(event, () => call?.stage.hear())
addEventListener('keydown', e => call && pressed(e, () => call.closePanel()))
label($('toast').querySelector('.close'), 'close', 'Close')
$('toast').querySelector('.close').onclick = hush

lobby.open()
if (globalThis.RTCPeerConnection) {
  media.openBoth()
} else {
  lobby.say(noWebRTC)
  $('join').disabled = true
}
