// One life of a connection to one member: four media lines and the control channel, fixed for its life.

export const slots = ['mic', 'camera', 'screen', 'screen-audio'] // in the order of their lines
const kinds = {mic: 'audio', camera: 'video', screen: 'video', 'screen-audio': 'audio'}
const gathering = 30 // milliseconds in which candidates are collected
const most = 64 // candidates in one signal, or that wait for a description
const tiers = [720, 360, 180] // heights of our camera's picture, if it is a wide one
const aspect = 16 / 9 // of tiles, which a picture fills
const bitrates = {720: 1_500_000, 360: 600_000, 180: 180_000, screen: 2_500_000} // bits per second, at most

export class Connection {
  // tracks gives the track of ours that a slot carries now, or null. on: state(), control(open),
  // message(object), candidates(list).
  constructor(iceServers, tracks, on) {
    this.tracks = tracks
    this.on = on
    this.pc = new RTCPeerConnection({iceServers, bundlePolicy: 'max-bundle'})
    this.lines = new Map() // transceivers by slot
    this.views = new Map() // how the other side shows our slots
    this.found = []
    this.early = [] // candidates for a description that is not here yet
    this.pc.onconnectionstatechange = () => this.on.state()
    this.pc.onicecandidate = e => e.candidate?.candidate && this.find(e.candidate)
  }

  get state() { return this.pc.connectionState }

  // openControl makes the control channel: number 0 at both ends, so nobody has to announce it.
  openControl() {
    if (this.channel) return
    this.channel = this.pc.createDataChannel('confab', {negotiated: true, id: 0, ordered: true})
    this.channel.onopen = () => this.on.control(true)
    this.channel.onclose = () => this.on.control(false)
    this.channel.onmessage = e => this.hear(e.data)
  }

  hear(data) {
    if (typeof data !== 'string' || data.length > 98_304) return
    let message
    try {
      message = JSON.parse(data)
    } catch {
      return
    }
    if (message && typeof message === 'object') this.on.message(message)
  }

  // say sends an object over the control channel; false: it is not open.
  say(object) {
    if (this.channel?.readyState !== 'open' || this.channel.bufferedAmount > 1 << 20) return false
    this.channel.send(JSON.stringify(object))
    return true
  }

  // offer describes our side and names the lines. An offer that waits for its answer is given again.
  async offer(iceRestart) {
    if (this.pc.signalingState !== 'have-local-offer') {
      if (!this.channel) {
        this.openControl()
        for (const slot of slots) this.lines.set(slot, this.pc.addTransceiver(kinds[slot], {direction: 'sendrecv'}))
        await this.attach()
      }
      await this.pc.setLocalDescription(await this.pc.createOffer({iceRestart}))
    }
    const names = {}
    for (const [slot, line] of this.lines) names[line.mid] = slot
    return {sdp: this.pc.localDescription.sdp, slots: names}
  }

  // answer takes an offer; names says which slot each line is, by mid, else their kinds and order do.
  async answer(sdp, names) {
    this.check(sdp)
    this.openControl()
    await this.pc.setRemoteDescription({type: 'offer', sdp})
    for (const line of this.pc.getTransceivers()) {
      const slot = names ? names[line.mid] : slots.find(s => kinds[s] === line.receiver.track.kind && !this.lines.has(s))
      if (!kinds[slot] || kinds[slot] !== line.receiver.track.kind || this.lines.has(slot)) continue
      this.lines.set(slot, line)
      line.direction = 'sendrecv'
    }
    await this.attach()
    await this.pc.setLocalDescription(await this.pc.createAnswer())
    await this.described()
    return this.pc.localDescription.sdp
  }

  // accept takes the answer to our offer.
  async accept(sdp) {
    this.check(sdp)
    await this.pc.setRemoteDescription({type: 'answer', sdp})
    await this.described()
  }

  // described uses what had to wait for the other side's description.
  async described() {
    const early = this.early
    this.early = []
    await this.add(early)
    this.tune()
  }

  // check refuses a certificate that is not the one this connection began with: browsers take it silently.
  check(sdp) {
    if (typeof sdp !== 'string' || sdp.length > 65_536) throw new Error('description is missing or too long')
    const prints = new Set([...sdp.matchAll(/^a=fingerprint:(\S+ \S+)/gm)].map(m => m[1].toUpperCase()))
    this.prints ??= prints
    for (const p of prints) {
      if (!this.prints.has(p)) throw new Changed()
    }
  }

  async add(candidates) {
    if (!this.pc.remoteDescription) {
      this.early = [...this.early, ...candidates].slice(0, most)
      return
    }
    for (const one of candidates.slice(0, most)) {
      await this.pc.addIceCandidate(one).catch(() => {}) // another one may do
    }
  }

  find(candidate) {
    this.found.push(candidate.toJSON())
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      while (this.found.length) this.on.candidates(this.found.splice(0, most))
    }, gathering)
  }

  // attach lets our tracks of now flow.
  async attach() {
    for (const [slot, line] of this.lines) {
      const track = this.tracks(slot)
      if (line.sender.track !== track) await line.sender.replaceTrack(track).catch(() => {}) // closed meanwhile
    }
    this.tune()
  }

  // view notes how the other side shows a slot of ours.
  view(v) {
    if (kinds[v.slot] !== 'video') return
    this.views.set(v.slot, {height: Number(v.height) || 0, visible: v.visible === true})
    this.tune()
  }

  // tune sends each picture only while it is shown, and only as large.
  tune() {
    for (const slot of ['camera', 'screen']) {
      const sender = this.lines.get(slot)?.sender
      const {height = 0, width = height * aspect} = sender?.track?.getSettings() ?? {}
      const own = Math.min(height, width / aspect) // a phone's camera is higher than wide, and is shown cropped
      const parameters = sender?.getParameters()
      const encoding = parameters?.encodings?.[0]
      if (!own || !encoding) continue
      const view = this.views.get(slot) ?? {height: 0, visible: true}
      const wanted = view.height && slot === 'camera' ? tiers.findLast(t => t * 1.1 >= view.height) ?? tiers[0] : tiers[0]
      const scale = slot === 'camera' ? Math.max(1, own / wanted) : 1
      const rate = bitrates[slot === 'screen' ? slot : tiers.findLast(t => t * 1.1 >= own / scale) ?? tiers[0]]
      if (encoding.active === view.visible && encoding.scaleResolutionDownBy === scale && encoding.maxBitrate === rate) continue
      Object.assign(encoding, {active: view.visible, scaleResolutionDownBy: scale, maxBitrate: rate})
      if (slot === 'screen') parameters.degradationPreference = 'maintain-resolution'
      sender.setParameters(parameters).catch(() => {}) // a later change comes in its place
    }
  }

  // track is what the other side sends in a slot; it may carry nothing.
  track(slot) { return this.lines.get(slot)?.receiver.track }

  close() {
    clearTimeout(this.timer)
    this.pc.onconnectionstatechange = this.pc.onicecandidate = null
    this.on = {state() {}, control() {}, message() {}, candidates() {}}
    this.pc.close()
  }
}

// Changed says that the other side's certificate is another one than before.
export class Changed extends Error {}
