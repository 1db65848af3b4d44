// The choice of camera and microphone, before a call and in it.
import {label} from './icons.js'

const nothing = {camera: 'No camera', microphone: 'No microphone'}
const closed = {camera: 'Camera is not open', microphone: 'Microphone is not open'} // and so without a name

// Choice is a list of devices of a kind, in a select element.
export class Choice {
  constructor(select, media, kind) {
    Object.assign(this, {select, media, kind})
    select.onchange = () => media.choose(kind, select.value)
  }

  // list offers the devices that there are now.
  async list() {
    const all = await this.media.devices(this.kind)
    const named = all.filter(d => d.deviceId && d.label)
    const current = this.media.track(this.kind === 'camera' ? 'camera' : 'mic')?.getSettings().deviceId
    const options = named.map(d => new Option(d.label, d.deviceId, false, d.deviceId === current))
    if (!named.length) options.push(new Option((all.length ? closed : nothing)[this.kind], ''))
    this.select.replaceChildren(...options)
    this.select.disabled = !named.length
  }
}

// Devices is the panel of a call.
export class Devices {
  constructor(panel, button, media) {
    Object.assign(this, {panel, button})
    this.choices = ['microphone', 'camera'].map(kind => new Choice(panel.querySelector(`.${kind}`), media, kind))
    this.plugged = () => this.list()
    navigator.mediaDevices?.addEventListener('devicechange', this.plugged)
    button.onclick = () => this.show(panel.hidden)
    label(panel.querySelector('.close'), 'close', 'Close')
    panel.querySelector('.close').onclick = () => this.show(false)
    this.show(false)
  }

  list() { for (const choice of this.choices) choice.list() }

  // show gives the focus back when it closes.
  show(on) {
    const focused = this.panel.contains(document.activeElement)
    this.panel.hidden = !on
    this.button.setAttribute('aria-expanded', on)
    if (on) {
      this.list()
      this.panel.querySelector('select:enabled, button').focus()
    } else if (focused) this.button.focus()
  }

  close() {
    navigator.mediaDevices?.removeEventListener('devicechange', this.plugged)
    this.show(false)
  }
}
