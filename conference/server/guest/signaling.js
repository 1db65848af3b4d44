// The signaling protocol confab.v1, as a client: one room, reconnection included.
// docs/signaling.md is its text.

const pauses = [250, 500, 1000, 2000, 4000, 8000] // milliseconds
const steady = 10_000 // a link that held for so long begins with short pauses again
const pingEvery = 15_000
const silence = 25_000 // without a word of the server's it is taken for lost
const patience = 10_000 // for joining

// Refusal is the server's no; code is one of the protocol's, or "unreachable".
export class Refusal extends Error {
  constructor(code) {
    super(code)
    this.code = code
  }
}

export class Signaling {
  // heard gets the server's messages about the room, and {type: 'interrupted', code}, {type: 'resumed',
  // replayed, peers} and {type: 'over', code}.
  constructor(url, heard) {
    this.url = url
    this.heard = heard
    this.key = newKey()
    this.seq = 0
    this.attempts = 0
    this.joined = false
    this.online = false
    this.iceServers = []
  }

  // join enters the room; entry is {room, name, password, metadata}. It gives the server's "joined", or
  // fails with a Refusal. May be called again then.
  join(entry) {
    this.entry = {...entry}
    return new Promise((done, fail) => {
      this.first = {done, fail}
      this.connect()
    })
  }

  connect() {
    clearTimeout(this.retry)
    const socket = new WebSocket(this.url, 'confab.v1')
    const mine = f => e => { if (this.socket === socket) f(e) }
    this.socket = socket
    this.opened = this.last = performance.now()
    this.watch = setInterval(() => this.look(), 1000)
    socket.onopen = mine(() => this.post({
      type: 'hello', protocol: [1], client: {name: 'Confab page', os: 'browser'}, key: this.key, seq: this.seq,
    }))
    socket.onmessage = mine(e => this.receive(e.data))
    socket.onclose = mine(e => this.lost(e.code === 4001 ? 'replaced' : this.farewell ?? 'unreachable'))
  }

  post(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  // look keeps the link awake and notices that it is dead.
  look() {
    const now = performance.now()
    if (!this.online && now - this.opened > patience || now - this.last > silence) return this.lost('unreachable')
    if (now - (this.pinged ?? this.opened) > pingEvery) {
      this.pinged = now
      this.post({type: 'ping'})
    }
  }

  receive(text) {
    this.last = performance.now()
    let m
    try {
      m = JSON.parse(text)
    } catch {
      return
    }
    if (m.type === 'welcome') return this.welcomed(m)
    if (m.type === 'joined') return this.entered(m)
    if (m.type === 'error') return this.refused(m)
    if (Number.isInteger(m.seq)) {
      if (m.seq <= this.seq) return // heard before the link was lost
      this.seq = m.seq
    }
    this.heard(m)
  }

  welcomed(m) {
    this.self = m.you
    this.servers = m.iceServers ?? []
    if (!m.resumed) {
      const {room, name, password, metadata} = this.entry
      this.post({type: 'join', rid: 1, room, name, password, metadata, rejoin: this.joined})
      return
    }
    this.up()
    this.heard({type: 'resumed', replayed: true})
  }

  entered(m) {
    this.seq = m.seq
    this.iceServers = [...this.servers, ...m.iceServers ?? []]
    const again = this.joined
    this.joined = true
    this.up()
    if (again) return this.heard({type: 'resumed', replayed: false, peers: m.peers})
    this.first.done(m)
  }

  up() {
    this.online = true
    if (this.untold) this.post({type: 'update', name: this.entry.name, metadata: this.entry.metadata})
    this.untold = false
  }

  refused(m) {
    if (m.fatal) this.farewell = m.code // the socket closes at once
    else if (m.rid === 1) this.lost(m.code)
    else if (m.code !== 'no-such-peer') console.warn('signaling:', m.code, m.message)
  }

  // lost gives up the link; whoever was in the room tries to come back, unless it is not wanted there.
  lost(code) {
    this.drop()
    if (!this.joined) return this.first.fail(new Refusal(code))
    this.heard({type: 'interrupted', code})
    if (code === 'kicked' || code === 'replaced') return this.heard({type: 'over', code})
    if (performance.now() - this.opened > steady) this.attempts = 0
    const pause = pauses[Math.min(this.attempts++, pauses.length - 1)]
    this.retry = setTimeout(() => this.connect(), pause * (0.75 + Math.random() / 2))
  }

  drop() {
    clearInterval(this.watch)
    clearTimeout(this.retry)
    const socket = this.socket
    this.socket = this.farewell = this.pinged = undefined
    this.online = false
    socket?.close()
  }

  // hurry tries again at once: the network is back.
  hurry() {
    if (this.joined && !this.socket) this.connect()
  }

  // send passes a signal on to one member; nothing happens while the link is lost.
  send(to, signal) {
    if (this.online) this.post({type: 'signal', to, conn: signal.conn, data: signal})
  }

  update(metadata) {
    this.entry.metadata = metadata
    if (this.online) this.post({type: 'update', metadata})
    else this.untold = true
  }

  leave() {
    this.joined = false
    this.post({type: 'leave', rid: 2})
    this.drop()
  }
}

// newKey makes the secret that our ID follows from: 32 characters of base64url.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(24))
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_')
}
