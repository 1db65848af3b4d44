// A peer that behaves as one made with Peerix 0.5 to 0.7: in the room, in negotiation, in its data channels.
// It tells the test what it sees, and does what the answer says.

import { NATS, Secret, base62, decode, encode, identity, json, string, subject, unjson, utf8 } from "./wire.js";

const announce = 1, invoke = 2, offer = 3, answer = 4, candidate = 5;
const query = new URLSearchParams(location.search);
const seen = { texts: [], labels: [], errors: [], state: "new", polite: null, receipts: 0, collisions: 0 };
const note = (e) => seen.errors.push(String(e && e.message || e));
window.onerror = note;
window.onunhandledrejection = (e) => note(e.reason);

const self = await identity(Number(query.get("tries") || 1));
const metadata = { name: "Page" };
const peers = new Map(), secrets = new Map();
const streams = new Map(); // by label

const nats = new NATS(query.get("nats"), (data) => { queue = queue.then(() => hear(data)).catch(note); });
let queue = Promise.resolve();
await nats.ready;
nats.subscribe(await subject(query.get("room")));
nats.subscribe(await subject(self.id));

function secret(id, key) {
  if (!secrets.has(id)) secrets.set(id, new Secret(self, key));
  return secrets.get(id);
}

async function say(id, type, message) {
  const [flags, payload] = message ? await secrets.get(id).seal(json(message)) : [0, new Uint8Array()];
  nats.publish(await subject(id), encode([[1, type], [2, flags], [3, self.key], [4, payload]]));
}

async function hear(data) {
  const f = decode(data), type = f[1], id = base62(f[3]);
  if (id === self.id) return;
  const s = secret(id, f[3]);
  if (type === announce) return say(id, invoke, [metadata]);
  if (type > candidate) return;
  const message = unjson(await s.open(f[2], f[4]));
  let peer = peers.get(id);
  if (type === invoke || (type === offer && !peer)) {
    if (peer) return;
    peer = new Peer(id);
    peers.set(id, peer);
  }
  if (!peer || type === invoke) return;
  for (const m of type === candidate ? message : [message[0]]) peer.signal(m).catch(note);
}

class Peer {
  constructor(id) {
    this.id = id;
    this.polite = self.id > id;
    seen.polite = this.polite;
    this.labels = {};
    this.channels = new Map();
    this.signals = Promise.resolve();
    this.early = [];
    const pc = this.pc = new RTCPeerConnection();
    pc.oniceconnectionstatechange = () => {
      seen.state = pc.iceConnectionState;
      if (pc.iceConnectionState === "failed" || pc.iceConnectionState === "closed") this.dispose();
    };
    pc.onicecandidate = ({ candidate: c }) => {
      if (!c) return;
      if (this.control.readyState === "open") this.tell(1, [c.toJSON()]); else say(id, candidate, [c.toJSON()]).catch(note);
    };
    pc.onnegotiationneeded = () => { if (pc.signalingState === "stable") this.offer().catch(note); };
    pc.onsignalingstatechange = () => { if (pc.signalingState === "stable") this.ignoring = false; };
    pc.ondatachannel = ({ channel }) => this.adopt(channel);
    pc.ontrack = ({ track, streams: [stream] }) => {
      seen.labels.push(`${this.labels[stream.id] || stream.id}/${track.kind}`);
      const view = document.getElementById(track.kind);
      view.srcObject = stream;
      view.play().catch(() => {});
    };
    this.control = pc.createDataChannel("", { negotiated: true, id: 0, ordered: true });
    this.control.binaryType = "arraybuffer";
    this.control.onopen = () => {
      if (query.get("chat")) this.open(query.get("chat"));
      for (const [, stream] of streams) this.add(stream);
    };
    this.control.onclose = () => this.dispose();
    this.control.onmessage = ({ data }) => {
      const f = decode(new Uint8Array(data)), message = unjson(f[2]);
      if (f[1] === 2) return this.open(message.label);
      if (message[1]) this.labels = message[1];
      this.signal(message[0]).catch(note);
    };
  }
  tell(event, message) { this.control.send(encode([[1, event], [2, json(message)]])); }
  dispose() {
    if (peers.get(this.id) === this) peers.delete(this.id);
    this.pc.close();
    seen.state = "closed";
  }
  add(stream) {
    for (const track of stream.getTracks()) this.pc.addTransceiver(track, { direction: "sendonly", streams: [stream] });
  }
  remove(stream) {
    for (const t of this.pc.getTransceivers()) if (t.sender.track && stream.getTracks().includes(t.sender.track)) t.stop();
  }
  async offer() {
    this.offering = true;
    try {
      await this.pc.setLocalDescription(await this.pc.createOffer());
      const d = this.pc.localDescription.toJSON();
      if (this.control.readyState !== "open") return say(this.id, offer, [d, metadata]);
      this.tell(1, [d, Object.fromEntries([...streams].map(([label, s]) => [s.id, label]))]);
    } finally {
      this.offering = false;
    }
  }
  signal(m) { return (this.signals = this.signals.catch(() => {}).then(() => this.apply(m))); }
  async apply(m) {
    const pc = this.pc;
    if (pc.signalingState === "closed") return;
    if (m.candidate !== undefined) {
      if (this.ignoring) return;
      if (!pc.remoteDescription) return this.early.push(m);
      return pc.addIceCandidate(m);
    }
    const collision = m.type === "offer" && (this.offering || pc.signalingState !== "stable");
    if (collision) seen.collisions++;
    this.ignoring = collision && !this.polite;
    if (this.ignoring) return;
    if (collision) {
      while (this.offering) await new Promise((done) => setTimeout(done, 5));
      if (pc.signalingState === "have-local-offer") await pc.setLocalDescription({ type: "rollback" });
    }
    await pc.setRemoteDescription(m);
    for (const c of this.early.splice(0)) await pc.addIceCandidate(c);
    if (m.type !== "offer") return;
    await pc.setLocalDescription(await pc.createAnswer());
    const d = pc.localDescription.toJSON();
    if (this.control.readyState === "open") this.tell(1, [d]); else await say(this.id, answer, [d]);
  }
  open(label) {
    if (this.channels.has(label)) return;
    if (this.polite) this.tell(2, { label }); else this.adopt(this.pc.createDataChannel(label));
  }
  adopt(channel) {
    channel.binaryType = "arraybuffer";
    this.channels.set(channel.label, channel);
    const parts = new Map();
    channel.onmessage = ({ data }) => {
      const f = decode(new Uint8Array(data));
      if (f[2]) { if (f[6]) seen.receipts++; return; }
      if (f[4]) parts.set(f[1], "");
      parts.set(f[1], parts.get(f[1]) + string(f[8] || new Uint8Array()));
      if (!f[6]) return;
      seen.texts.push(`${channel.label}: ${parts.get(f[1])}`);
      channel.send(encode([[1, f[1]], [2, true], [6, true]]));
    };
  }
  say(s) {
    for (const channel of this.channels.values()) {
      channel.send(encode([[1, ++transfers], [3, 0], [4, 1], [6, true], [8, utf8(s)]]));
      return;
    }
  }
}
let transfers = 0;

async function share(label) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
  streams.set(label, stream);
  for (const peer of peers.values()) if (peer.control.readyState === "open") peer.add(stream);
}
function unshare(label) {
  for (const peer of peers.values()) peer.remove(streams.get(label));
  streams.delete(label);
}

async function report() {
  let frames = 0, energy = 0;
  for (const peer of peers.values()) {
    for (const s of (await peer.pc.getStats()).values()) {
      if (s.type !== "inbound-rtp") continue;
      frames += s.framesDecoded || 0;
      energy += s.totalAudioEnergy || 0;
    }
  }
  const response = await fetch("/report", { method: "POST", body: JSON.stringify({ ...seen, frames, energy, peers: peers.size }) });
  const [order, rest] = (await response.text()).split(" ", 2);
  if (order === "share") await share(rest);
  if (order === "unshare") unshare(rest);
  if (order === "say") for (const peer of peers.values()) peer.say(rest);
  if (order === "leave") for (const peer of [...peers.values()]) peer.control.close();
}

if (query.get("share")) await share(query.get("share"));
nats.publish(await subject(query.get("room")), encode([[1, announce], [2, 0], [3, self.key], [4, new Uint8Array()]]));
for (;;) {
  await report().catch(note);
  await new Promise((done) => setTimeout(done, 200));
}
