// Sealed signals: what the server carries and cannot read. docs/signaling.md, "Sealed signals", is the text.
//
// A Secret follows from the key behind the "#" of an invitation; a Channel from a hello and its answer.
// Texts are strings, challenges and sealed texts are Uint8Arrays.

const hello = 1
const answer = 2
const word = 3
const challengeSize = 16
const nonceSize = 12
const counterSize = 8
const replayWindow = 64n

const utf8 = new TextEncoder()
const text = bytes => new TextDecoder('utf-8', {fatal: true}).decode(bytes)

// keyOf is the key in the fragment of an invitation's address, '' if there is none; a broken one is an error.
export function keyOf(fragment) {
  const [key] = fragment.replace(/^#/, '').split('&')
  if (key === '' || key.startsWith('pin=')) return ''
  if (!/^[A-Za-z0-9_-]{32}$/.test(key)) throw new Error('the key of the invitation is not whole')
  return key
}

export function toBase64url(bytes) {
  let s = ''
  for (const b of bytes) s += String.fromCharCode(b)
  return btoa(s).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function fromBase64url(s) {
  return Uint8Array.from(atob(s.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
}

export const newChallenge = () => crypto.getRandomValues(new Uint8Array(challengeSize))

export const equal = (a, b) => a.length === b.length && a.every((v, i) => v === b[i])

function join(...parts) {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    all.set(p, at)
    at += p.length
  }
  return all
}

// bound is what a sealed text is bound to: its kind and its way, {room, from, to}.
function bound(kind, {room, from, to}) {
  const parts = [Uint8Array.of(kind)]
  for (const s of [room, from, to]) {
    const b = utf8.encode(s)
    parts.push(Uint8Array.of(b.length >> 8, b.length & 255), b)
  }
  return join(...parts)
}

const back = ({room, from, to}) => ({room, from: to, to: from})

export class Secret {
  static async from(key, room) {
    const s = new Secret()
    s.base = await crypto.subtle.importKey('raw', fromBase64url(key), 'HKDF', false, ['deriveKey'])
    s.key = await s.derive(utf8.encode(room), 'confab.v1 hello')
    return s
  }

  derive(salt, info) {
    return crypto.subtle.deriveKey({name: 'HKDF', hash: 'SHA-256', salt, info: utf8.encode(info)}, this.base,
      {name: 'AES-GCM', length: 256}, false, ['encrypt', 'decrypt'])
  }

  // hello seals a challenge.
  hello(way, asked) {
    return this.seal(hello, way, asked)
  }

  async openHello(way, sealed) {
    const asked = await this.open(hello, way, sealed)
    if (asked.length !== challengeSize) throw new Error('malformed hello')
    return asked
  }

  // answer seals the challenge that is answered, an own one, and who we are: {name, metadata}.
  answer(way, asked, own, state) {
    return this.seal(answer, way, join(asked, own, utf8.encode(JSON.stringify({kind: 'state', ...state}))))
  }

  async openAnswer(way, sealed) {
    const all = await this.open(answer, way, sealed)
    const asked = all.slice(0, challengeSize)
    const own = all.slice(challengeSize, 2 * challengeSize)
    return {asked, own, state: JSON.parse(text(all.slice(2 * challengeSize)))}
  }

  async seal(kind, way, bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(nonceSize))
    const sealed = await crypto.subtle.encrypt({name: 'AES-GCM', iv, additionalData: bound(kind, way)}, this.key, bytes)
    return join(Uint8Array.of(kind), iv, new Uint8Array(sealed))
  }

  async open(kind, way, sealed) {
    if (sealed[0] !== kind) throw new Error('malformed sealed text')
    const iv = sealed.slice(1, 1 + nonceSize)
    const opened = await crypto.subtle.decrypt({name: 'AES-GCM', iv, additionalData: bound(kind, way)}, this.key, sealed.slice(1 + nonceSize))
    return new Uint8Array(opened)
  }

  // channel is that of a hello with the challenge asked and an answer with the challenge own; way is that of
  // our words, and asker says that the hello was ours.
  async channel(way, asked, own, asker) {
    const salt = join(asked, own)
    const keys = await Promise.all(['confab.v1 asker', 'confab.v1 answerer'].map(info => this.derive(salt, info)))
    return new Channel(way, asker ? keys[0] : keys[1], asker ? keys[1] : keys[0])
  }
}

export class Channel {
  constructor(way, out, into) {
    Object.assign(this, {way, out, into, sent: 0n, heard: 0n, seen: 0n})
  }

  // seal seals a text; what is sealed first has the lower number, whichever is ready first.
  async seal(s) {
    const counter = counted(++this.sent)
    const sealed = await crypto.subtle.encrypt({name: 'AES-GCM', iv: nonce(counter), additionalData: bound(word, this.way)}, this.out, utf8.encode(s))
    return join(Uint8Array.of(word), counter, new Uint8Array(sealed))
  }

  // open gives the text, or undefined if it was heard before; what is not of this channel is an error.
  async open(sealed) {
    const counter = sealed.slice(1, 1 + counterSize)
    if (sealed[0] !== word || counter.length < counterSize) throw new Error('malformed word')
    const additionalData = bound(word, back(this.way))
    const opened = await crypto.subtle.decrypt({name: 'AES-GCM', iv: nonce(counter), additionalData}, this.into, sealed.slice(1 + counterSize))
    return this.fresh(new DataView(counter.buffer).getBigUint64(0)) ? text(new Uint8Array(opened)) : undefined
  }

  fresh(n) {
    if (n > this.heard) {
      this.seen = BigInt.asUintN(64, this.seen << (n - this.heard < replayWindow ? n - this.heard : replayWindow) | 1n)
      this.heard = n
      return true
    }
    const age = this.heard - n
    if (age >= replayWindow || this.seen >> age & 1n) return false
    this.seen |= 1n << age
    return true
  }
}

function counted(n) {
  const counter = new Uint8Array(counterSize)
  new DataView(counter.buffer).setBigUint64(0, n)
  return counter
}

const nonce = counter => join(new Uint8Array(nonceSize - counterSize), counter)
