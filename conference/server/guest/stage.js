// The tiles of a call, the sound of those in it, and what we tell them about how we show them.
import {arrange} from './arrange.js'
import {pathTrouble} from './sentences.js'
import {Tile} from './tile.js'

export class Stage {
  // element is the area for tiles; looked() is called when what we show changed, unheard(on) when the browser
  // holds back the sound until somebody clicks, and when it does no more.
  constructor(element, looked, unheard) {
    this.element = element
    this.looked = looked
    this.unheard = unheard
    unheard(false)
    this.tiles = new Map() // by member and slot
    this.sounds = new Map() // audio elements by member and slot
    this.own = new Tile('own')
    element.replaceChildren(this.own.element)
    this.watch = new ResizeObserver(() => this.arrange())
    this.watch.observe(element)
    this.order = []
  }

  // render shows the call as it is now. members have id, name, metadata, state, quality, track(slot).
  render(members, self) {
    const wanted = new Map()
    for (const m of members) if (m.metadata.screen) wanted.set(`${m.id} screen`, m)
    this.sharing = wanted.size > 0
    for (const m of members) wanted.set(`${m.id} camera`, m)
    for (const [key, tile] of this.tiles) {
      if (wanted.has(key)) continue
      tile.remove()
      this.tiles.delete(key)
    }
    for (const [key, m] of wanted) this.show(key, m)
    this.order = [...wanted.keys()]
    this.self = self
    this.play(members)
    this.arrange()
  }

  show(key, m) {
    let tile = this.tiles.get(key)
    const slot = key.slice(m.id.length + 1)
    if (!tile) {
      tile = new Tile(slot)
      tile.slot = slot
      tile.member = m.id
      this.tiles.set(key, tile)
      this.element.insertBefore(tile.element, this.own.element)
    }
    const live = m.metadata[slot] ? m.track(slot) : undefined
    if (slot === 'screen') {
      return tile.show({name: m.name, note: 'is sharing their screen', picture: live, trouble: pathTrouble(m.name, m.state)})
    }
    tile.show({
      name: m.name, picture: live, muted: !m.metadata.mic, trouble: pathTrouble(m.name, m.state),
      quality: m.state === 'connected' ? m.quality ?? 4 : undefined,
    })
  }

  // play lets everybody be heard, and nobody who is gone.
  play(members) {
    const wanted = new Map()
    for (const m of members) {
      for (const slot of ['mic', 'screen-audio']) {
        const track = m.track(slot)
        if (track) wanted.set(`${m.id} ${slot}`, track)
      }
    }
    for (const [key, sound] of this.sounds) {
      if (wanted.get(key) === sound.track) continue
      sound.element.srcObject = null
      this.sounds.delete(key)
    }
    for (const [key, track] of wanted) {
      if (this.sounds.has(key)) continue
      const element = new Audio()
      element.srcObject = new MediaStream([track])
      this.sounds.set(key, {element, track})
      this.start(element)
    }
  }

  start(element) {
    element.play().catch(e => {
      if (e.name !== 'NotAllowedError') return // gone meanwhile
      this.silent = true
      this.unheard(true)
    })
  }

  // hear plays what the browser held back: somebody clicked.
  hear() {
    if (!this.silent) return
    this.silent = false
    this.unheard(false)
    for (const {element} of this.sounds.values()) this.start(element)
  }

  arrange() {
    const {clientWidth: width, clientHeight: height} = this.element
    if (!width || !height || !this.self) return
    const rects = arrange(width, height, this.order.length, this.sharing)
    this.order.forEach((key, i) => this.tiles.get(key).place(rects.remote[i]))
    this.own.place(rects.local)
    this.own.element.classList.toggle('inset', rects.inset)
    this.own.show(rects.inset ? {...this.self, name: 'You'} : {...this.self, note: '(you)'})
    this.looked()
  }

  // views are what we show of a member, for its sender to follow: sizes in pixels of the screen.
  views(id) {
    return ['camera', 'screen'].map(slot => {
      const tile = this.tiles.get(`${id} ${slot}`)
      const pixels = length => Math.min(8192, Math.round(length * devicePixelRatio))
      const visible = Boolean(tile?.size && tile.track) && document.visibilityState === 'visible'
      return {kind: 'view', slot, width: visible ? pixels(tile.size.width) : 0, height: visible ? pixels(tile.size.height) : 0, visible}
    })
  }

  speaking(id, on) { (id ? this.tiles.get(`${id} camera`) : this.own)?.speak(on) }

  close() {
    this.watch.disconnect()
    this.unheard(false)
    for (const {element} of this.sounds.values()) element.srcObject = null
    for (const tile of [...this.tiles.values(), this.own]) tile.remove()
  }
}
