// A call: the room, the connections, and what the page shows of them.
import {Awake} from './awake.js'
import {Chat} from './chat.js'
import {Connection} from './connection.js'
import {Devices} from './devices.js'
import {label} from './icons.js'
import {Loudness} from './media.js'
import {Mesh} from './mesh.js'
import {Meters} from './meters.js'
import {SealedSignaling} from './sealed.js'
import {refusal, stranger} from './sentences.js'
import {Signaling} from './signaling.js'
import {Stage} from './stage.js'
import {cleanChat} from './text.js'

const $ = id => document.getElementById(id)

export class Call {
  // media is what we send; ended(sentence) is called when the call is over, with '' if we left, and
  // say(sentence, stays) when something is to be said. key is the invitation's; '': the call is not sealed.
  constructor(url, media, ended, say, key) {
    this.media = media
    this.ended = ended
    this.say = say
    this.told = new Map() // views by connection
    const plain = heard => new Signaling(url, heard)
    this.signaling = key ? new SealedSignaling(plain, m => this.heard(m), key) : plain(m => this.heard(m))
  }

  // join enters the room and shows it; it fails with the server's Refusal.
  async join(room, name, password) {
    this.name = name
    const {peers} = await this.signaling.join({room, name, ...password && {password}, metadata: this.media.metadata})
    this.begun = performance.now()
    $('room-name').textContent = room
    this.stage = new Stage($('stage'), () => this.tellViews(), on => { $('unheard').hidden = !on })
    this.chat = new Chat($('chat'), $('chat-button'), text => this.mesh.say({kind: 'chat', text}), n => this.unread(n))
    this.devices = new Devices($('devices'), $('devices-button'), this.media)
    this.awake = new Awake()
    this.mesh = new Mesh(this.signaling.self, {
      send: (to, signal) => this.signaling.send(to, signal),
      online: () => this.signaling.online,
      newConnection: on => new Connection(this.signaling.iceServers, this.media.track, on),
      opened: () => this.changed(),
      closed: () => this.changed(),
      control: m => {
        m.life.connection.say(this.state())
        this.tellViews()
        this.changed()
      },
      message: (m, o) => this.message(m, o),
      changed: () => this.changed(),
    })
    this.loudness = new Loudness()
    this.meters = new Meters(() => this.members(), () => this.loudness.level(), (id, on) => this.stage.speaking(id, on), (id, q) => this.rated(id, q))
    this.clock = setInterval(() => this.tick(), 1000)
    this.looking = () => this.tellViews()
    document.addEventListener('visibilitychange', this.looking)
    this.wire()
    this.mesh.present(peers)
    this.tick()
    this.mediaChanged()
  }

  wire() {
    const on = (id, act) => { $(id).onclick = act }
    on('mute', () => this.media.mute(!this.media.muted && Boolean(this.media.track('mic'))))
    on('camera', () => this.media.setCamera(!this.media.track('camera')))
    on('share', () => this.media.track('screen') ? this.media.unshare() : this.media.share())
    on('chat-button', () => this.chat.toggle())
    on('leave', () => this.leave())
    label($('devices-button'), 'devices', 'Devices')
    label($('leave'), 'leave', 'Leave')
    $('share').hidden = !this.media.mayShare
  }

  unread(n) {
    $('unread').hidden = n === 0
    label($('chat-button'), 'chat', 'Chat', n ? `Chat (C), ${n} unread` : 'Chat (C)')
  }

  // closePanel closes what lies over the call; false: nothing does.
  closePanel() {
    const open = [this.devices, this.chat].find(p => !p.panel.hidden)
    open?.show(false)
    return Boolean(open)
  }

  // heard takes what signaling says about the room.
  heard(m) {
    if (this.over) return
    switch (m.type) {
      case 'peer-joined': return this.mesh.joined(m.peer)
      case 'peer-left': return this.mesh.gone(m.id, m.reason === 'lost')
      case 'peer-state': return this.mesh.setAway(m.id, m.state === 'away')
      case 'signal': return m.data?.kind === 'sealed' ? this.say(stranger('sealed'), true) : this.mesh.received(m.from, m.data)
      case 'peer-present': return this.mesh.present([m.peer])
      case 'stranger': return this.say(stranger(m.why, m.name), true)
      case 'peer-updated': {
        const known = this.mesh.members.get(m.peer.id)
        return known && this.mesh.update(known, m.peer)
      }
      case 'interrupted':
        $('server').textContent = m.code === 'unreachable' ? 'Reconnecting to the server' : refusal(m.code)
        $('server').hidden = false
        return
      case 'resumed':
        $('server').hidden = true
        return this.mesh.resumed(m.peers)
      case 'over': return this.end(refusal(m.code))
    }
  }

  // message takes what a member says over its control channel.
  message(m, o) {
    switch (o.kind) {
      case 'state': return this.mesh.update(m, o)
      case 'view': return m.life?.connection.view(o)
      case 'chat': {
        const text = cleanChat(o.text)
        if (text) this.chat.add(m.name, text)
      }
    }
  }

  state() { return {kind: 'state', name: this.name, metadata: this.media.metadata} }

  // mediaChanged lets new tracks flow and tells everybody what we send.
  mediaChanged() {
    const {metadata} = this.media
    for (const m of this.mesh.members.values()) m.life?.connection.attach()
    this.loudness.listen(this.media.track('mic') ?? undefined)
    this.devices.list()
    this.showButtons(metadata)
    this.signaling.update(metadata)
    this.mesh.say(this.state())
    this.changed()
  }

  // showButtons says on the buttons what they do now; lit are those to which somebody may want to come back.
  showButtons({mic, camera, screen}) {
    label($('mute'), ...mic ? ['mic', 'Mute', 'Mute (M)'] : ['mic-off', 'Unmute', 'Unmute (M)'])
    label($('camera'), ...camera ? ['camera', 'Camera', 'Camera off (V)'] : ['camera-off', 'Camera', 'Camera on (V)'])
    label($('share'), ...screen ? ['stop-share', 'Stop', 'Stop sharing (S)'] : ['share', 'Share', 'Share a screen (S)'])
    for (const [id, lit] of [['mute', !mic], ['camera', !camera], ['share', screen]]) $(id).classList.toggle('lit', lit)
    $('sharing').hidden = !screen
  }

  members() {
    return [...this.mesh.members.values()].map(m => ({...m, connection: m.life?.connection}))
  }

  rated(id, quality) {
    const m = this.mesh.members.get(id)
    if (!m || m.quality === quality) return
    m.quality = quality
    this.changed()
  }

  // changed shows the call anew, once for everything that happens now.
  changed() {
    if (this.dirty) return
    this.dirty = true
    queueMicrotask(() => {
      this.dirty = false
      if (this.over || !this.mesh) return
      this.stage.render([...this.mesh.members.values()].map(m => ({
        ...m, state: this.mesh.state(m), track: slot => m.life?.connection.track(slot),
      })), {name: this.name, picture: this.media.track('camera'), muted: !this.media.metadata.mic})
    })
  }

  // tellViews tells each member how we show it, if that has changed since.
  tellViews() {
    const told = new Map()
    for (const m of this.mesh.members.values()) {
      const connection = m.life?.connection
      if (!connection) continue
      const before = this.told.get(connection) ?? []
      told.set(connection, this.stage.views(m.id).map((view, i) => {
        const text = JSON.stringify(view)
        return text === before[i] || connection.say(view) ? text : undefined
      }))
    }
    this.told = told
  }

  tick() {
    const seconds = Math.floor((performance.now() - this.begun) / 1000)
    const two = n => String(n).padStart(2, '0')
    $('clock').textContent = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
  }

  // leave says good-bye to everybody.
  leave(sentence = '') {
    if (this.over || !this.mesh) return
    this.mesh.leave()
    this.signaling.leave()
    this.end(sentence)
  }

  end(sentence) {
    if (this.over) return
    this.over = true
    clearInterval(this.clock)
    document.removeEventListener('visibilitychange', this.looking)
    this.meters.close()
    this.loudness.close()
    this.mesh.leave()
    this.signaling.leave()
    this.stage.close()
    this.chat.show(false)
    this.devices.close()
    this.awake.close()
    this.media.unshare()
    $('server').hidden = $('sharing').hidden = true
    this.ended(sentence)
  }
}
