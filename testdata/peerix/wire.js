// The wire of Peerix 0.5 to 0.7 over NATS, for tests: packets, encryption, a NATS client of forty lines.

const text = new TextEncoder(), untext = new TextDecoder();
const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const number = (bytes) => bytes.reduce((n, b) => (n << 8n) | BigInt(b), 0n);

export function base62(bytes) {
  let n = number(bytes), s = "";
  for (; n > 0n; n /= 62n) s = digits[Number(n % 62n)] + s;
  return s;
}

export async function subject(name) {
  return base62(new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(name))));
}

// Fields of protocol buffers: numbers and bytes.
export function encode(fields) {
  const out = [];
  const varint = (n) => { for (; n > 127; n >>>= 7) out.push((n & 127) | 128); out.push(n); };
  for (const [id, value] of fields) {
    if (value === undefined || value === false) continue;
    if (value instanceof Uint8Array) {
      varint(id << 3 | 2); varint(value.length); for (const b of value) out.push(b);
    } else {
      varint(id << 3); varint(Number(value));
    }
  }
  return new Uint8Array(out);
}

export function decode(data) {
  const fields = {};
  let at = 0;
  const varint = () => { let n = 0, shift = 0, b; do { b = data[at++]; n |= (b & 127) << shift; shift += 7; } while (b > 127); return n >>> 0; };
  while (at < data.length) {
    const key = varint(), value = varint();
    if ((key & 7) === 2) { fields[key >> 3] = data.slice(at, at + value); at += value; } else fields[key >> 3] = value;
  }
  return fields;
}

export const json = (value) => text.encode(JSON.stringify(value));
export const unjson = (bytes) => (bytes && bytes.length ? JSON.parse(untext.decode(bytes)) : []);
export const string = (bytes) => untext.decode(bytes);
export const utf8 = (s) => text.encode(s);

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function power(base, exponent) {
  let r = 1n;
  for (; exponent > 0n; exponent >>= 1n, base = (base * base) % p) if (exponent & 1n) r = (r * base) % p;
  return r;
}

// The long form of a point of P-256.
function point(key) {
  const x = number(key.slice(1));
  let y = power((((x * x * x - 3n * x + b) % p) + p) % p, (p + 1n) / 4n);
  if (Number(y & 1n) !== (key[0] & 1)) y = p - y;
  const hex = y.toString(16).padStart(64, "0");
  return new Uint8Array([4, ...key.slice(1), ...hex.match(/../g).map((h) => parseInt(h, 16))]);
}

const curve = { name: "ECDH", namedCurve: "P-256" };

export async function identity(tries) {
  let best;
  for (let i = 0; i < tries; i++) {
    const pair = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const key = new Uint8Array([2 | (raw[64] & 1), ...raw.slice(1, 33)]);
    const id = base62(key);
    if (!best || id > best.id) best = { id, key, pair };
  }
  return best;
}

// Seals and opens payloads for the peer of a key.
export class Secret {
  constructor(self, other) {
    this.ready = crypto.subtle.importKey("raw", point(other), curve, false, [])
      .then((k) => crypto.subtle.deriveBits({ name: "ECDH", public: k }, self.pair.privateKey, 256))
      .then((bits) => crypto.subtle.importKey("raw", bits, "AES-GCM", false, ["encrypt", "decrypt"]));
  }
  async seal(plain) {
    let flags = 2, data = await through(new CompressionStream("deflate"), plain);
    if (data.length < plain.length) flags |= 1; else data = plain;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await this.ready, data));
    return [flags, new Uint8Array([...iv, ...sealed])];
  }
  async open(flags, payload) {
    if (!payload.length) return payload;
    if (!(flags & 2)) throw new Error("not encrypted");
    const data = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: payload.slice(0, 12) }, await this.ready, payload.slice(12)));
    return flags & 1 ? through(new DecompressionStream("deflate"), data) : data;
  }
}

// A NATS client over a WebSocket.
export class NATS {
  constructor(url, hear) {
    this.hear = hear;
    this.rest = new Uint8Array();
    this.subs = 0;
    this.ready = new Promise((open) => { this.open = open; });
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = (e) => this.receive(new Uint8Array(e.data));
  }
  send(line, payload) {
    const head = text.encode(line + "\r\n");
    this.socket.send(payload ? new Uint8Array([...head, ...payload, 13, 10]) : head);
  }
  subscribe(name) { this.send(`SUB ${name} ${++this.subs}`); }
  publish(name, payload) { this.send(`PUB ${name} ${payload.length}`, payload); }
  receive(more) {
    const all = new Uint8Array([...this.rest, ...more]);
    let at = 0;
    for (;;) {
      const end = all.indexOf(10, at);
      if (end < 0) break;
      const line = untext.decode(all.slice(at, end)).trim();
      if (line.startsWith("MSG ")) {
        const size = Number(line.split(" ").pop());
        if (all.length < end + 1 + size + 2) break;
        this.hear(all.slice(end + 1, end + 1 + size));
        at = end + 1 + size + 2;
        continue;
      }
      if (line.startsWith("INFO ")) {
        this.send('CONNECT {"verbose":false,"pedantic":false,"echo":false,"protocol":1,"lang":"js","version":"0"}');
        this.send("PING");
      }
      if (line === "PING") this.send("PONG");
      if (line === "PONG") this.open();
      at = end + 1;
    }
    this.rest = all.slice(at);
  }
}
