// A room's signaling, sealed: the same methods and messages as Signaling, for members with the same key.
// docs/signaling.md, "How two meet", is the text. Beyond Signaling's messages there are
// {type: 'peer-present', peer}, whose offer is to be waited for, and {type: 'stranger', name, why}.
import {Secret, equal, fromBase64url, newChallenge, toBase64url} from './seal.js'

const hiddenName = 'Sealed'
const nothing = {mic: false, camera: false, screen: false}
const helloInterval = 2_000 // milliseconds
const maxHellos = 2 // said by the clock
const maxChannels = 3

export class SealedSignaling {
  // make(heard) gives the Signaling below.
  constructor(make, heard, key) {
    this.heard = heard
    this.key = key
    this.peers = new Map()
    this.lane = Promise.resolve()
    this.inner = make(m => this.work(() => this.take(m)))
  }

  get self() { return this.inner.self }
  get online() { return this.inner.online }
  get iceServers() { return this.inner.iceServers }
  hurry() { this.inner.hurry() }

  // work does one thing after the other: what is sealed or opened later must not overtake.
  work(f) {
    this.lane = this.lane.then(f).catch(e => console.warn('sealed signaling:', e))
    return this.lane
  }

  async join(entry) {
    this.room = entry.room.trim()
    this.state = {name: entry.name, metadata: entry.metadata}
    this.secret = await Secret.from(this.key, this.room)
    const joined = await this.inner.join({...entry, name: hiddenName, metadata: nothing})
    for (const peer of joined.peers) this.add(peer, true)
    this.clock = setInterval(() => this.work(() => this.tick()), 1000)
    return {...joined, peers: []}
  }

  add(peer, offers) {
    const p = {id: peer.id, offers, joining: true, channels: [], complained: new Set(), n: 0}
    this.peers.set(peer.id, p)
    this.wait(p, peer)
    return p
  }

  // wait gives a member time to prove itself.
  wait(p, peer) {
    p.told = peer
    p.hellos = 0
    p.next = performance.now() + helloInterval
  }

  tick() {
    for (const p of this.peers.values()) {
      if (!this.online || p.told.state === 'away' || !p.next || performance.now() < p.next) continue
      p.next = undefined
      if (!p.joining) continue
      if (p.hellos++ === maxHellos) {
        if (!p.known && p.complained.size === 0) this.complain(p, 'unsealed')
        continue
      }
      p.next = performance.now() + helloInterval
      this.work(() => this.greet(p))
    }
  }

  async take(m) {
    const p = this.peers.get(m.id ?? m.from ?? m.peer?.id)
    switch (m.type) {
      case 'peer-joined': {
        const q = p ?? this.add(m.peer, false)
        Object.assign(q, {offers: false, joining: true, asked: undefined})
        this.wait(q, m.peer)
        return this.greet(q)
      }
      case 'peer-left':
        this.peers.delete(m.id)
        return p?.known && this.heard(m)
      case 'peer-state':
        if (p) this.wait(p, {...p.told, state: m.state})
        return p?.known && this.heard(m)
      case 'peer-updated': return
      case 'signal': return p && this.receive(p, m.data)
      case 'resumed': return this.resumed(m)
      case 'over': clearInterval(this.clock)
    }
    this.heard(m)
  }

  async resumed(m) {
    if (m.peers) {
      const there = new Set(m.peers.map(peer => peer.id))
      for (const [id, p] of this.peers) if (!there.has(id) && !p.known) this.peers.delete(id)
      for (const peer of m.peers) {
        const p = this.peers.get(peer.id)
        if (p) this.wait(p, peer)
        else this.add(peer, true)
      }
      this.heard({...m, peers: m.peers.map(peer => this.peers.get(peer.id)).filter(p => p.known).map(p => this.seen(p))})
    } else this.heard(m)
    for (const p of this.peers.values()) await (p.known ? this.tell(p) : this.greet(p))
  }

  seen(p) { return {id: p.id, name: p.state?.name ?? '', metadata: p.state?.metadata ?? nothing, state: p.told.state} }

  way(p) { return {room: this.room, from: this.self, to: p.id} }
  back(p) { return {room: this.room, from: p.id, to: this.self} }

  post(p, sealed) {
    this.inner.send(p.id, {kind: 'sealed', conn: 'sealed', n: ++p.n, sealed: toBase64url(sealed)})
  }

  async greet(p) {
    p.asked ??= newChallenge()
    p.greeted = true
    this.post(p, await this.secret.hello(this.way(p), p.asked))
  }

  async say(p, object) {
    if (p.channels.length) this.post(p, await p.channels[0].seal(JSON.stringify(object)))
  }

  tell(p) { return this.say(p, {kind: 'state', ...this.state}) }

  send(to, signal) {
    this.work(() => this.peers.has(to) && this.say(this.peers.get(to), signal))
  }

  update(metadata) {
    this.state = {...this.state, metadata}
    this.work(async () => { for (const p of this.peers.values()) await this.tell(p) })
  }

  leave() {
    clearInterval(this.clock)
    this.work(() => this.inner.leave()) // behind the good-byes
  }

  async complain(p, why) {
    if (!p.greeted) await this.greet(p)
    if (p.complained.has(why)) return
    p.complained.add(why)
    const name = p.known ? p.state?.name : p.told.name
    this.heard({type: 'stranger', why, name: name === hiddenName ? '' : name})
  }

  async receive(p, data) {
    if (data?.kind !== 'sealed' || typeof data.sealed !== 'string') return this.complain(p, p.known ? 'tampered' : 'unsealed')
    let sealed
    try {
      sealed = fromBase64url(data.sealed)
    } catch {
      return this.complain(p, 'tampered')
    }
    if (sealed[0] === 3) return this.word(p, sealed)
    try {
      if (sealed[0] === 1) await this.answer(p, sealed)
      if (sealed[0] === 2) await this.answered(p, sealed)
    } catch {
      return this.complain(p, p.known ? 'tampered' : 'other-key')
    }
  }

  async answer(p, sealed) {
    const asked = await this.secret.openHello(this.back(p), sealed)
    if (!p.answer || !equal(p.answer.asked, asked)) {
      const own = newChallenge()
      p.answer = {asked, own, channel: await this.secret.channel(this.way(p), asked, own, false)}
    }
    this.post(p, await this.secret.answer(this.way(p), asked, p.answer.own, this.state))
  }

  async answered(p, sealed) {
    const {asked, own, state} = await this.secret.openAnswer(this.back(p), sealed)
    if (!p.asked || !equal(p.asked, asked)) return // of an earlier meeting
    p.asked = undefined
    await this.use(p, await this.secret.channel(this.way(p), asked, own, true))
    this.proven(p, state)
  }

  async use(p, channel) {
    p.channels = [channel, ...p.channels].slice(0, maxChannels)
    await this.tell(p)
  }

  async word(p, sealed) {
    for (const channel of [...p.channels, ...p.answer ? [p.answer.channel] : []]) {
      let text
      try {
        text = await channel.open(sealed)
      } catch {
        continue
      }
      if (text === undefined) return // heard before
      const object = JSON.parse(text)
      const state = object.kind === 'state' ? object : undefined
      if (channel === p.answer?.channel) {
        p.answer = undefined
        await this.use(p, channel)
        this.proven(p, state)
      } else if (state) this.changed(p, state)
      if (!state) this.heard({type: 'signal', from: p.id, data: object})
      return
    }
    if (p.channels.length) return this.complain(p, 'tampered') // else of an earlier meeting
  }

  proven(p, state) {
    p.known = true
    if (!p.joining) return state && this.changed(p, state)
    p.joining = false
    if (state) p.state = {name: state.name, metadata: state.metadata}
    this.heard({type: p.offers ? 'peer-present' : 'peer-joined', peer: this.seen(p)})
  }

  changed(p, {name, metadata}) {
    const before = JSON.stringify(p.state)
    p.state = {name, metadata}
    if (JSON.stringify(p.state) !== before) this.heard({type: 'peer-updated', peer: this.seen(p)})
  }
}
