// Who speaks, and how well the connections do.

const loud = 0.03 // of full scale, as the receiver tells it
const hold = 700 // milliseconds that somebody is shown as speaking after the last loud sound

export class Meters {
  // members() gives {id, metadata, connection}; spoke(id, on) and rated(id, quality) tell; own() is our level.
  constructor(members, own, spoke, rated) {
    Object.assign(this, {members, own, spoke, rated})
    this.heard = new Map()
    this.before = new WeakMap() // counts by connection
    this.fast = setInterval(() => this.listen(), 150)
    this.slow = setInterval(() => this.rate(), 2000)
  }

  listen() {
    const now = performance.now()
    const tell = (id, level, may) => {
      if (may && level > loud) this.heard.set(id, now)
      this.spoke(id, may && now - (this.heard.get(id) ?? -hold) < hold)
    }
    for (const {id, metadata, connection} of this.members()) {
      const source = connection?.lines.get('mic')?.receiver.getSynchronizationSources()[0]
      tell(id, source?.audioLevel ?? 0, metadata.mic)
    }
    const own = this.own()
    tell('', own > 0.55 ? 1 : 0, true)
  }

  // rate reads round trip and loss of the last two seconds: 4 is good, 1 bad.
  async rate() {
    for (const {id, connection} of this.members()) {
      if (connection?.state !== 'connected') continue
      const stats = await connection.pc.getStats().catch(() => [])
      let trip = 0
      let got = 0
      let lost = 0
      for (const s of stats.values()) {
        if (s.type === 'candidate-pair' && s.nominated && s.currentRoundTripTime) trip = s.currentRoundTripTime
        if (s.type !== 'inbound-rtp') continue
        got += s.packetsReceived ?? 0
        lost += s.packetsLost ?? 0
      }
      const was = this.before.get(connection.pc) ?? {got: 0, lost: 0}
      this.before.set(connection.pc, {got, lost})
      const fraction = Math.max(0, lost - was.lost) / Math.max(1, got + lost - was.got - was.lost)
      this.rated(id, quality(fraction, trip))
    }
  }

  close() {
    clearInterval(this.fast)
    clearInterval(this.slow)
  }
}

function quality(lossFraction, seconds) {
  if (lossFraction > 0.1 || seconds > 0.8) return 1
  if (lossFraction > 0.05 || seconds > 0.4) return 2
  if (lossFraction > 0.02 || seconds > 0.25) return 3
  return 4
}
