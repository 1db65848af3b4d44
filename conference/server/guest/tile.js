// A tile: somebody's picture or their initials, their name, what is the matter.
import {icon} from './icons.js'

const colors = ['#3A5A77', '#5B4A74', '#3B6657', '#7A4A3B', '#74465F', '#4A5A34', '#45508A', '#6B5730']

export class Tile {
  constructor(kind) {
    this.element = make('div', `tile ${kind}`)
    this.video = make('video')
    Object.assign(this.video, {autoplay: true, muted: true, playsInline: true})
    this.avatar = make('div', 'avatar')
    this.plate = make('div', 'plate')
    this.mark = make('span', 'mark')
    this.mark.append(icon('mic-off'))
    say(this.mark, 'Muted')
    this.name = make('span', 'name')
    this.name.dir = 'auto'
    this.note = make('span', 'note')
    this.bars = make('span', 'bars')
    for (let i = 0; i < 4; i++) this.bars.append(make('i'))
    this.plate.append(this.mark, this.name, this.note, this.bars)
    this.veil = make('div', 'veil')
    this.trouble = make('strong')
    this.advice = make('span')
    this.veil.append(this.trouble, this.advice)
    this.element.append(this.video, this.avatar, this.plate, this.veil)
  }

  // show: name, note beside it, picture (a track or nothing), muted, quality 0 to 4 or undefined, trouble (two lines).
  show({name, note = '', picture, muted, quality, trouble = ['', '']}) {
    setText(this.name, name)
    setText(this.note, note)
    setText(this.avatar, initials(name))
    this.avatar.style.background = colors[hash(name) % colors.length]
    this.mark.hidden = !muted
    this.bars.hidden = quality === undefined
    this.bars.dataset.level = quality
    say(this.bars, ['', 'Bad connection', 'Weak connection', 'Fair connection', 'Good connection'][quality] ?? '')
    setText(this.trouble, trouble[0])
    setText(this.advice, trouble[1])
    this.veil.hidden = !trouble[0]
    this.element.classList.toggle('troubled', Boolean(trouble[0]))
    this.setPicture(picture)
  }

  setPicture(track) {
    this.video.hidden = !track
    this.avatar.hidden = Boolean(track)
    if (track === this.track) return
    this.track = track
    this.video.srcObject = track ? new MediaStream([track]) : null
    if (track) this.video.play().catch(() => {}) // replaced meanwhile
  }

  place({x, y, width, height}) {
    Object.assign(this.element.style, {left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px`})
    const size = Math.min(92, height * 0.7, width * 0.7)
    Object.assign(this.avatar.style, {width: `${size}px`, height: `${size}px`, fontSize: `${Math.max(8, size * 0.37)}px`})
    this.size = {width, height}
  }

  speak(on) { this.element.classList.toggle('speaking', on) }

  remove() {
    this.video.srcObject = null
    this.element.remove()
  }
}

export function make(tag, className = '') {
  const e = document.createElement(tag)
  e.className = className
  return e
}

function setText(e, text) {
  if (e.textContent !== text) e.textContent = text
}

// say words a picture, for who points at it and who hears it.
function say(e, words) {
  if (e.title === words) return
  e.title = words
  e.setAttribute('role', 'img')
  e.setAttribute('aria-label', words)
}

function initials(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  if (!words.length) return [...name.trim()][0] ?? '?'
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words
  return letters.map(w => [...w][0].toUpperCase()).join('')
}

function hash(name) {
  let h = 0x811c9dc5 // FNV-1a, as the window does
  for (const b of new TextEncoder().encode(name)) h = Math.imul(h ^ b, 0x01000193) >>> 0
  return h
}
