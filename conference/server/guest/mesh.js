// Who offers to whom, and when a connection is repaired or built anew: docs/signaling.md, "Signals".
//
// Of a pair the member who was here first offers, for the life of the connection. Each life has a name
// (conn) and counts its signals in each direction (n), so what belongs to another life, or was seen
// already, is dropped. Signals go over the control channel once it is open.
import {Changed} from './connection.js'
import {cleanName} from './text.js'

const connectTimeout = 30_000 // milliseconds; for a repair as well
const offerTimeout = 10_000 // a newcomer waits so long for an offer before it offers itself
const vanishedTimeout = 5_000 // of a repair when the member's signaling broke as well
const restartDelay = 3_000
const restartInterval = 5_000
const rebuildPauses = [2_000, 10_000, 30_000]

export class Mesh {
  // world: send(to, signal) by signaling; online(); newConnection(on) -> Connection;
  // opened(member), closed(member), control(member), message(member, object), changed().
  constructor(self, world) {
    this.self = self
    this.world = world
    this.members = new Map()
    this.clock = setInterval(() => this.expire(), 250)
    this.lives = 0
  }

  // ---- what signaling says

  present(peers) {
    for (const peer of peers) this.plan(this.add(peer), false)
    this.world.changed()
  }

  add(peer) {
    let m = this.members.get(peer.id)
    if (!m) {
      m = {id: peer.id, metadata: {}, rebuilds: 0}
      this.members.set(peer.id, m)
    }
    m.present = true
    m.away = peer.state === 'away'
    this.update(m, peer)
    return m
  }

  update(m, {name, metadata}) {
    m.name = cleanName(name) || m.name || m.id
    if (metadata && typeof metadata === 'object') {
      m.metadata = {mic: metadata.mic === true, camera: metadata.camera === true, screen: metadata.screen === true}
    }
    this.world.changed()
  }

  // plan sees to it that a member without a connection gets one.
  plan(m, offers) {
    if (m.life || m.rebuild) return
    m.rebuild = performance.now() + (offers ? 0 : offerTimeout)
    this.expire()
  }

  joined(peer) {
    const m = this.add(peer)
    if (m.life) return this.repair(m)
    m.rebuild = undefined
    this.plan(m, true)
  }

  gone(id, lost) {
    const m = this.members.get(id)
    if (!m) return
    if (lost && m.life?.state === 'connected') { // kept while packets flow
      m.present = false
      m.away = true
      return
    }
    this.close(m)
    this.forget(m)
  }

  setAway(id, away) {
    const m = this.members.get(id)
    if (!m) return
    m.away = away
    if (m.life && !away && !m.life.up) this.repair(m)
    if (m.life?.deadline && m.life.state === 'connected' && away) {
      m.life.deadline = Math.min(m.life.deadline, performance.now() + vanishedTimeout)
    }
    if (!m.life && !away) this.plan(m, m.offers)
    this.world.changed()
  }

  // resumed: peers are those of now if the server had forgotten us, else what was missed follows.
  resumed(peers) {
    if (peers) {
      const there = new Set(peers.map(p => p.id))
      for (const id of [...this.members.keys()]) if (!there.has(id)) this.gone(id, true)
      for (const peer of peers) {
        const m = this.add(peer)
        if (!m.life) {
          m.rebuild = undefined
          this.plan(m, false)
        }
      }
    }
    for (const m of this.members.values()) if (m.life) this.repair(m)
  }

  // received takes a signal, from signaling or from the control channel.
  received(from, s) {
    if (!s || typeof s.conn !== 'string' || !Number.isInteger(s.n) || s.n < 1) return
    let m = this.members.get(from)
    if (!m) {
      if (s.kind !== 'offer') return
      m = this.add({id: from, name: from}) // its join is still on the way
    }
    if (m.life?.conn !== s.conn) {
      if (s.kind === 'offer') this.receivedFirst(m, s)
      return
    }
    const life = m.life
    if (s.n <= life.seen) return
    life.seen = s.n
    switch (s.kind) {
      case 'offer':
        if (!life.offerer) this.answer(m, life, s)
        break
      case 'answer':
        if (life.offerer && life.offerN && (!s.re || s.re === life.offerN)) this.accept(m, life, s)
        break
      case 'candidates':
        if (Array.isArray(s.candidates)) this.work(m, life, () => life.connection.add(s.candidates))
        break
      case 'negotiate':
        if (life.offerer) this.negotiate(m, life, s.iceRestart === true)
        break
      case 'bye':
        m.present = false // who closes is leaving; without a server nobody else says so
        this.close(m)
        this.forget(m)
    }
  }

  receivedFirst(m, s) {
    // Both of us think that they were here first: the smaller name offers.
    if (m.life?.offerer && m.life.state !== 'connected' && this.self < m.id) return
    this.close(m)
    const life = this.create(m, s.conn, false)
    life.seen = s.n
    this.answer(m, life, s)
  }

  // ---- lives

  create(m, conn, offerer) {
    const life = {
      conn, offerer, state: 'connecting', sent: 0, seen: 0, held: [], lane: Promise.resolve(),
      deadline: performance.now() + connectTimeout,
    }
    m.offers = offerer
    m.rebuild = undefined
    m.life = life
    m.trouble = undefined
    life.connection = this.world.newConnection({
      state: () => this.path(m, life),
      candidates: list => this.gathered(m, life, list),
      control: open => {
        life.control = open
        if (open) this.world.control(m)
      },
      message: o => {
        if (['offer', 'answer', 'candidates', 'negotiate', 'bye'].includes(o.kind)) this.received(m.id, o)
        else this.world.message(m, o)
      },
    })
    this.world.opened(m)
    return life
  }

  // work does one thing after the other with a connection; what fails ends it, if it does not work already.
  work(m, life, step) {
    life.lane = life.lane.then(async () => {
      if (m.life === life) await step()
    }).catch(e => {
      if (m.life !== life) return
      console.warn('connection:', e)
      life.making = false
      if (e instanceof Changed || life.state !== 'connected') this.fail(m, e instanceof Changed ? 'changed' : 'failed')
    })
  }

  offer(m) {
    const conn = `c_${this.self.slice(2, 10)}_${Date.now().toString(36)}_${++this.lives}`
    this.negotiate(m, this.create(m, conn, true), false)
  }

  // negotiate offers now, or as soon as the offer under way is answered.
  negotiate(m, life, iceRestart) {
    if (life.making || life.offerN && !iceRestart) {
      life.again = true
      return
    }
    life.making = true
    life.cut ||= iceRestart
    this.work(m, life, async () => {
      const {sdp, slots} = await life.connection.offer(iceRestart)
      if (m.life !== life) return
      life.making = false
      life.offerN = this.send(m, life, {kind: 'offer', sdp, slots})
      this.gathered(m, life, [])
    })
  }

  answer(m, life, s) {
    life.making = true
    life.cut ||= life.state === 'connected' // the offer may be that of a restart
    this.work(m, life, async () => {
      const sdp = await life.connection.answer(s.sdp, s.slots)
      if (m.life !== life) return
      life.making = false
      this.send(m, life, {kind: 'answer', sdp, re: s.n})
      this.gathered(m, life, [])
      this.world.changed()
    })
  }

  accept(m, life, s) {
    life.offerN = 0
    this.work(m, life, async () => {
      await life.connection.accept(s.sdp)
      this.world.changed()
      if (life.again && m.life === life) {
        life.again = false
        this.negotiate(m, life, life.state === 'connected' && !life.up)
      }
    })
  }

  // gathered passes candidates on, never before the description that they belong to.
  gathered(m, life, list) {
    if (m.life !== life) return
    life.held.push(...list)
    if (life.making) return
    while (life.held.length) this.send(m, life, {kind: 'candidates', candidates: life.held.splice(0, 64)})
  }

  // send numbers a signal and chooses its way: a path that is cut may still deliver, but the server is surer.
  send(m, life, s) {
    const signal = {...s, conn: life.conn, n: ++life.sent}
    const direct = life.control && (life.up && !life.cut || !this.world.online())
    if (!direct || !life.connection.say(signal)) this.world.send(m.id, signal)
    return signal.n
  }

  path(m, life) {
    if (m.life !== life) return
    const now = performance.now()
    switch (life.connection.state) {
      case 'connected':
        Object.assign(life, {up: true, cut: false, state: 'connected', deadline: 0, restart: 0})
        m.rebuilds = 0
        break
      case 'failed':
        this.down(m, life, now)
        life.restart = now // before the first connection, too: the time for it is not over
        break
      case 'disconnected':
        this.down(m, life, now)
    }
    this.world.changed()
  }

  down(m, life, now) {
    life.up = false
    if (life.state !== 'connected' || life.deadline) return
    life.deadline = now + (m.away ? vanishedTimeout : connectTimeout)
    life.restart = now + restartDelay
  }

  // repair takes up an unfinished negotiation, or restarts ICE, if something is the matter.
  repair(m) {
    const life = m.life
    if (life.state === 'connected' && life.up && !life.deadline && !life.offerN) return
    this.restart(m, life)
  }

  restart(m, life) {
    life.restart = life.state === 'connected' && !life.up ? performance.now() + restartInterval : 0
    if (life.making) return
    if (life.offerer) this.negotiate(m, life, true) // an offer that nobody answered is given again as it is
    else if (life.state === 'connected') this.send(m, life, {kind: 'negotiate', iceRestart: true})
  }

  fail(m, trouble) {
    const pause = rebuildPauses[Math.min(m.rebuilds++, rebuildPauses.length - 1)] + (m.life.offerer ? 0 : offerTimeout)
    this.close(m)
    m.trouble = trouble
    m.rebuild = performance.now() + pause
    this.world.changed()
  }

  close(m) {
    const life = m.life
    if (!life) return
    m.life = undefined
    life.connection.close()
    this.world.closed(m)
  }

  forget(m) {
    this.members.delete(m.id)
    this.world.closed(m)
    this.world.changed()
  }

  expire() {
    const now = performance.now()
    for (const m of [...this.members.values()]) {
      const life = m.life
      if (life?.deadline && now >= life.deadline) this.fail(m, 'failed')
      else if (life?.restart && now >= life.restart) this.restart(m, life)
      if (!m.life && m.rebuild !== undefined && now >= m.rebuild) {
        m.rebuild = undefined
        if (m.present && !m.away && this.world.online()) this.offer(m)
      }
      if (!m.life && !m.present) this.forget(m)
    }
  }

  // state is a member's, in one word: connecting, connected, reconnecting, failed or changed.
  state(m) {
    if (!m.life) return m.trouble ?? 'connecting'
    return m.life.state === 'connected' && !m.life.up ? 'reconnecting' : m.life.state
  }

  // say tells everybody who is connected; it gives how many those are.
  say(object) {
    let told = 0
    for (const m of this.members.values()) if (m.life?.connection.say(object)) told++
    return told
  }

  leave() {
    clearInterval(this.clock)
    for (const m of [...this.members.values()]) {
      const life = m.life
      if (life) {
        this.send(m, life, {kind: 'bye'})
        setTimeout(() => life.connection.close(), 200) // when that is on its way
      }
      m.life = undefined
      this.forget(m)
    }
  }
}
