// Holds a room of three with sealed.js over a server in memory, and checks what it sees.
import assert from 'node:assert/strict'
import {SealedSignaling} from './sealed.mjs'

const key = '0123456789abcdefghijklmnopqrstuv'
const members = []
const passed = []

class Fake {
  constructor(heard) { Object.assign(this, {heard, iceServers: [], online: true, self: 'p_' + members.length}) }
  join(entry) {
    const peer = {id: this.self, name: entry.name, metadata: entry.metadata, state: 'online'}
    const peers = members.map(m => m.peer)
    for (const m of members) m.heard({type: 'peer-joined', peer})
    this.peer = peer
    members.push(this)
    return Promise.resolve({peers})
  }
  send(to, signal) {
    passed.push(JSON.stringify(signal))
    members.find(m => m.self === to).heard({type: 'signal', from: this.self, data: JSON.parse(JSON.stringify(signal))})
  }
  update() { assert.fail('the server is told of an update') }
  leave() { members.splice(members.indexOf(this), 1) }
}

async function enter(name, key) {
  const heard = []
  const s = new SealedSignaling(h => new Fake(h), m => heard.push(m), key)
  await s.join({room: ' demo ', name, metadata: {mic: true, camera: false, screen: false}})
  return {s, heard}
}

async function settled() {
  for (let i = 0; i < 200; i++) await new Promise(done => setTimeout(done, 1))
}

const a = await enter('Ana', key)
const b = await enter('Ben', key)
await settled()
assert.deepEqual(a.heard.map(m => [m.type, m.peer.name, m.peer.metadata.mic]), [['peer-joined', 'Ben', true]])
assert.deepEqual(b.heard.map(m => [m.type, m.peer.name]), [['peer-present', 'Ana']])
const offer = {kind: 'offer', conn: 'c_1', n: 1, sdp: 'v=0\r\na=candidate:192.0.2.1'}
a.s.send(b.s.self, offer)
b.s.update({mic: false, camera: true, screen: false})
await settled()
assert.deepEqual(b.heard.at(-1), {type: 'signal', from: a.s.self, data: offer})
assert.equal(a.heard.at(-1).type, 'peer-updated')
assert.equal(a.heard.at(-1).peer.metadata.camera, true)
const c = await enter('Cleo', key.replace('0', '1'))
await settled()
assert.deepEqual(c.heard.map(m => [m.type, m.why]), [['stranger', 'other-key'], ['stranger', 'other-key']])
assert.deepEqual(a.heard.at(-1), {type: 'stranger', why: 'other-key', name: ''})
members[0].heard({type: 'signal', from: b.s.self, data: offer}) // who stands between makes one up
await settled()
assert.equal(a.heard.at(-1).why, 'tampered')
for (const text of passed) assert.ok(/^\{"kind":"sealed","conn":"sealed","n":\d+,"sealed":"[\w-]+"\}$/.test(text), text)
for (const {s} of [a, b, c]) s.leave()
