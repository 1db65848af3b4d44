// Checks seal.js, beside it, against the vectors in the file named.
import {readFileSync} from 'node:fs'
import assert from 'node:assert/strict'
import {Secret, equal, fromBase64url, keyOf, toBase64url} from './seal.mjs'

const v = JSON.parse(readFileSync(process.argv[2]))
const hex = s => Uint8Array.from(Buffer.from(s, 'hex'))
const way = {room: v.room, from: v.asker, to: v.answerer}
const back = {room: v.room, from: v.answerer, to: v.asker}
const secret = await Secret.from(keyOf('#' + v.key + '&pin=x'), v.room)
const asked = hex(v.asked)
const own = hex(v.own)

assert.ok(equal(await secret.openHello(way, hex(v.hello)), asked))
await assert.rejects(secret.openHello(back, hex(v.hello)))
assert.ok(equal(await secret.openHello(way, await secret.hello(way, asked)), asked))
const answer = await secret.openAnswer(back, hex(v.answer))
assert.ok(equal(answer.asked, asked) && equal(answer.own, own))
assert.equal(answer.state.name, v.state.name)
assert.deepEqual(answer.state.metadata, v.state.metadata)

const asker = await secret.channel(way, asked, own, true)
const answerer = await secret.channel(back, asked, own, false)
for (const w of v.words) {
  const [from, to] = w.asker ? [asker, answerer] : [answerer, asker]
  assert.equal(Buffer.from(await from.seal(w.text)).toString('hex'), w.sealed)
  assert.equal(await to.open(hex(w.sealed)), w.text)
  assert.equal(await to.open(hex(w.sealed)), undefined)
  await assert.rejects(from.open(hex(w.sealed)))
}
assert.ok(equal(fromBase64url(toBase64url(own)), own))
assert.throws(() => keyOf('#' + v.key.slice(1)))
assert.equal(keyOf(''), '')
