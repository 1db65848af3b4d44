// Before a call: who one is, which room, how one looks and sounds.
import {Choice} from './devices.js'
import {label} from './icons.js'
import {Loudness} from './media.js'
import {noName, noRoom} from './sentences.js'
import {cleanName} from './text.js'
import {Tile} from './tile.js'

const $ = id => document.getElementById(id)

export class Lobby {
  // join({room, name, password}) is called when somebody wants in.
  constructor(media, room, join) {
    this.media = media
    this.tile = new Tile('own')
    $('preview').replaceChildren(this.tile.element)
    $('name').value = remembered('name')
    $('room').value = room
    $('name').oninput = () => this.render()
    $('lobby-mic').onclick = () => media.mute(!media.muted && Boolean(media.track('mic')))
    $('lobby-camera').onclick = () => media.setCamera(!media.track('camera'))
    this.choices = ['microphone', 'camera'].map(kind => new Choice($(`choose-${kind}`), media, kind))
    navigator.mediaDevices?.addEventListener('devicechange', () => this.list())
    $('has-password').onclick = () => this.askPassword('')
    $('join-form').onsubmit = e => {
      e.preventDefault()
      this.submit(join)
    }
    new ResizeObserver(() => this.place()).observe($('preview'))
  }

  submit(join) {
    if (this.joining) return
    const name = cleanName($('name').value)
    const room = $('room').value.trim()
    if (!name || !room) {
      this.say(name ? noRoom : noName)
      $(name ? 'room' : 'name').focus()
      return
    }
    remember('name', name)
    join({room, name, password: $('password').value})
  }

  open() {
    $('lobby').hidden = false
    this.loudness = new Loudness()
    this.clock = setInterval(() => { $('level').value = this.loudness.level() }, 100)
    this.render()
    this.list()
    $($('name').value ? 'join' : 'name').focus()
  }

  close() {
    clearInterval(this.clock)
    this.loudness.close()
    this.loudness = undefined
    $('lobby').hidden = true
    $('password').value = ''
  }

  // busy keeps the button where it is for the keyboard.
  busy(on) {
    this.joining = on
    $('join').setAttribute('aria-disabled', on)
    $('join').textContent = on ? 'Joining' : 'Join'
  }

  say(sentence) { $('join-trouble').textContent = sentence }

  // greet says what is no trouble.
  greet(sentence) { $('join-note').textContent = sentence }

  askPassword(sentence) {
    $('password-field').hidden = false
    $('has-password').hidden = true
    $('password').focus()
    this.say(sentence)
  }

  // render shows what is sent now.
  render() {
    const {metadata} = this.media
    const name = cleanName($('name').value)
    this.tile.show({name: name || 'You', note: name && '(you)', picture: this.media.track('camera'), muted: !metadata.mic})
    this.place()
    label($('lobby-mic'), metadata.mic ? 'mic' : 'mic-off', metadata.mic ? 'Mic on' : 'Mic off', 'Microphone')
    label($('lobby-camera'), metadata.camera ? 'camera' : 'camera-off', metadata.camera ? 'Camera on' : 'Camera off', 'Camera')
    $('lobby-mic').setAttribute('aria-checked', metadata.mic)
    $('lobby-camera').setAttribute('aria-checked', metadata.camera)
    this.loudness?.listen(this.media.track('mic') ?? undefined)
  }

  place() {
    const {clientWidth: width, clientHeight: height} = $('preview')
    this.tile.place({x: 0, y: 0, width, height})
  }

  // list offers the devices that there are.
  list() { for (const choice of this.choices) choice.list() }
}

// remember and remembered keep a word between visits, where the browser lets us.
export function remember(key, value) {
  try {
    localStorage.setItem(`confab.${key}`, value)
  } catch { /* it is asked for again then */ }
}

export function remembered(key) {
  try {
    return localStorage.getItem(`confab.${key}`) ?? ''
  } catch {
    return ''
  }
}
