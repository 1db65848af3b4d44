// A page for somebody who has only a browser. The address names the room: …/r/ROOM. What follows a "#"
// there is the invitation's key, which seals what the server carries and is never sent.
import {Call} from './call.js'
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
  if (call) call.mediaChanged()
  else lobby.render()
  if (!call) lobby.list()
}

// say shows a sentence for some seconds in a call, and until the next one before it.
let fading
function say(sentence) {
  if (!call) {
    $('device-trouble').textContent = sentence
    return
  }
  $('toast').textContent = sentence
  $('toast').hidden = false
  clearTimeout(fading)
  fading = setTimeout(() => { $('toast').hidden = true }, 8000)
}

async function join({room, name, password}) {
  lobby.say('')
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
  const next = new Call(server(), media, sentence => ended(sentence || left), say, key)
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
  document.title = `${room} - Confab`
  if (room !== roomOfAddress()) history.replaceState(null, '', encodeURIComponent(room) + location.search + location.hash)
  call.mediaChanged()
}

function ended(sentence) {
  call = undefined
  $('call').hidden = true
  $('toast').hidden = true
  document.title = 'Confab'
  lobby.open()
  lobby.say(sentence)
}

addEventListener('pagehide', () => {
  call?.leave()
  media.close()
})
addEventListener('online', () => call?.signaling.hurry())
addEventListener('click', () => call?.stage.hear())

lobby.open()
if (globalThis.RTCPeerConnection) {
  media.openBoth()
} else {
  lobby.say(noWebRTC)
  $('join').disabled = true
}
