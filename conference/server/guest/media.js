// What we send: microphone, camera, and a shared screen with its sound. Nobody but the user opens a device.
import {cameraGone, deviceTrouble, microphoneChanged} from './sentences.js'

const wishes = {
  camera: {width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30, max: 30}},
  microphone: {echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1},
}
const slots = {camera: 'camera', microphone: 'mic'} // by kind of device

export class LocalMedia {
  // changed is called when a track came or went, or mute changed; trouble gets sentences, and '' when what was
  // the matter is over.
  constructor(changed, trouble) {
    this.changed = changed
    this.trouble = trouble
    this.tracks = new Map() // by slot
    this.chosen = {} // device IDs by kind
    this.muted = false
    this.busy = new Set()
  }

  track = slot => this.tracks.get(slot) ?? null

  // metadata is what the others are told.
  get metadata() {
    const lives = slot => this.track(slot)?.readyState === 'live'
    return {mic: lives('mic') && !this.muted, camera: lives('camera'), screen: lives('screen')}
  }

  // open opens the camera or the microphone; false, and a sentence, if that does not work.
  async open(kind, trouble) {
    return this.once(kind, async () => {
      const track = await this.capture(kind)
      if (kind === 'microphone') track.enabled = !this.muted
      this.put(slots[kind], track)
    }, trouble)
  }

  // capture opens the device that was chosen; any, if that one is gone. Phones want the one in use closed first.
  async capture(kind) {
    for (;;) {
      const id = this.chosen[kind]
      const wish = {...wishes[kind], ...id && {deviceId: {exact: id}}}
      try {
        const stream = await media().getUserMedia(kind === 'camera' ? {video: wish} : {audio: wish})
        return stream.getTracks()[0]
      } catch (e) {
        if (id && ['OverconstrainedError', 'NotFoundError'].includes(e.name)) delete this.chosen[kind]
        else if (this.track(slots[kind]) && ['NotReadableError', 'AbortError'].includes(e.name)) this.put(slots[kind], null)
        else throw e
      }
    }
  }

  // openBoth opens camera and microphone, for which browsers ask once.
  async openBoth() {
    try {
      const stream = await media().getUserMedia({video: wishes.camera, audio: wishes.microphone})
      this.put('mic', stream.getAudioTracks()[0])
      this.put('camera', stream.getVideoTracks()[0])
    } catch (e) {
      if (['NotAllowedError', 'SecurityError', 'Insecure'].includes(e.name)) return this.trouble(deviceTrouble('both', e))
      const troubles = [] // one of the two is missing: the other one may do
      for (const kind of ['camera', 'microphone']) await this.open(kind, sentence => troubles.push(sentence))
      this.trouble(troubles.join(' '))
    }
  }

  // once keeps two clicks from opening a device twice.
  async once(kind, step, trouble = this.trouble) {
    if (this.busy.has(kind)) return false
    this.busy.add(kind)
    try {
      await step()
      trouble('')
      return true
    } catch (e) {
      trouble(deviceTrouble(kind, e))
      return false
    } finally {
      this.busy.delete(kind)
    }
  }

  put(slot, track) {
    this.tracks.get(slot)?.stop()
    if (track) this.tracks.set(slot, track)
    else this.tracks.delete(slot)
    if (track) {
      track.onended = () => { // unplugged, or taken back by the user
        if (this.tracks.get(slot) !== track) return
        if (slot === 'screen') this.unshare()
        else this.put(slot, null)
        if (slot === 'mic') this.replaceMicrophone()
        if (slot === 'camera') this.trouble(cameraGone)
      }
    }
    this.changed()
  }

  // replaceMicrophone goes on with another microphone, muted if this one was.
  async replaceMicrophone() {
    if (await this.open('microphone')) this.trouble(microphoneChanged(this.track('mic').label))
  }

  // mute says whether our sound flows. A microphone that is closed is opened when it is wanted.
  async mute(on) {
    if (!on && !this.track('mic')) {
      this.muted = false
      this.muted = !await this.open('microphone')
    } else {
      this.muted = on
    }
    if (this.track('mic')) this.track('mic').enabled = !this.muted
    this.changed()
  }

  async setCamera(on) {
    if (on) await this.open('camera')
    else this.put('camera', null) // closed, so that its lamp goes out
  }

  async choose(kind, id) {
    this.chosen[kind] = id
    await this.open(kind)
  }

  // mayShare: phones cannot.
  get mayShare() { return Boolean(navigator.mediaDevices?.getDisplayMedia) }

  async share() {
    await this.once('screen', async () => {
      const stream = await media().getDisplayMedia({video: {frameRate: {ideal: 15, max: 30}}, audio: true})
      const [picture] = stream.getVideoTracks()
      picture.contentHint = 'detail'
      this.put('screen-audio', stream.getAudioTracks()[0] ?? null)
      this.put('screen', picture)
    })
  }

  unshare() {
    this.put('screen-audio', null)
    this.put('screen', null)
  }

  // devices are the cameras or microphones that there are; they have names once one was opened.
  async devices(kind) {
    const wanted = kind === 'camera' ? 'videoinput' : 'audioinput'
    const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? []
    return all.filter(d => d.kind === wanted)
  }

  close() {
    for (const slot of [...this.tracks.keys()]) this.put(slot, null)
  }
}

// media is the browser's door to devices, which pages without https do not have.
function media() {
  if (!navigator.mediaDevices) throw Object.assign(new Error(), {name: 'Insecure'})
  return navigator.mediaDevices
}

// Loudness measures a track of sound while somebody looks. What a browser cannot measure is silent: there is no
// loudspeaker, or, in Firefox, it runs at another rate than the microphone.
export class Loudness {
  samples = new Float32Array(1024)

  listen(track) {
    if (track === this.track) return
    this.source?.disconnect()
    this.source = undefined
    this.track = track
    try {
      if (track) this.connect(track)
    } catch (e) {
      console.info('loudness:', e)
    }
  }

  connect(track) {
    this.context ??= new AudioContext()
    this.analyser ??= new AnalyserNode(this.context, {fftSize: this.samples.length})
    this.source = this.context.createMediaStreamSource(new MediaStream([track]))
    this.source.connect(this.analyser)
  }

  // level is 0 to 1, over 60 dB.
  level() {
    if (!this.source || !this.track.enabled) return 0
    const touched = navigator.userActivation?.hasBeenActive ?? true // Firefox tells since 120
    if (this.context.state === 'suspended' && touched) this.context.resume().catch(() => {})
    this.analyser.getFloatTimeDomainData(this.samples)
    const power = this.samples.reduce((sum, x) => sum + x * x, 0) / this.samples.length
    return Math.max(0, 1 + Math.log10(power + 1e-9) / 6)
  }

  close() { this.context?.close() }
}
