// Where the tiles are: the window's own geometry, in whole pixels, and one for phones that are held upright.

const gap = 12
const edge = 16
const minAspect = 4 / 3
const maxAspect = 2

// arrange places n views of others and our own in an area. With share the first one is a shared screen,
// left of a column of the others, or above them where there is more height than width.
export function arrange(width, height, n, share) {
  const area = {x: edge, y: edge, width: width - 2 * edge, height: height - 2 * edge}
  if (n === 0) return {remote: [], local: grid(area, 1)[0], inset: false}
  const parts = share && (area.height > area.width ? above(area, n) : beside(area, n))
  if (parts) return parts
  const remote = grid(area, n)
  return {remote, local: inset(remote[n - 1]), inset: true}
}

// grid places n tiles of one size in rows and columns, as large as can be; a short last row is centred.
function grid(area, n) {
  let best = {width: 0, height: 0}
  let columns = 1
  for (let c = 1; c <= n; c++) {
    const tile = tileSize(area, c, Math.ceil(n / c))
    if (c === 1 || tile.width * tile.height > best.width * best.height) {
      best = tile
      columns = c
    }
  }
  const rows = Math.ceil(n / columns)
  const top = area.y + Math.floor((area.height - extent(best.height, rows)) / 2)
  return Array.from({length: n}, (_, i) => {
    const row = Math.floor(i / columns)
    const inRow = Math.min(columns, n - row * columns)
    const left = area.x + Math.floor((area.width - extent(best.width, inRow)) / 2)
    return {x: left + (i % columns) * (best.width + gap), y: top + row * (best.height + gap), ...best}
  })
}

function tileSize(area, columns, rows) {
  const width = Math.floor((area.width - (columns - 1) * gap) / columns)
  const height = Math.floor((area.height - (rows - 1) * gap) / rows)
  if (width <= 0 || height <= 0) return {width: 0, height: 0}
  return {width: Math.min(width, Math.floor(height * maxAspect)), height: Math.min(height, Math.floor(width / minAspect))}
}

// inset is the place of our own view over a tile.
function inset(tile) {
  const scale = Math.min(1, tile.width * 0.4 / 186, tile.height * 0.4 / 116)
  const width = Math.floor(186 * scale)
  const height = Math.floor(116 * scale)
  const margin = Math.floor(12 * Math.min(1, scale * 1.5))
  return {x: tile.x + tile.width - margin - width, y: tile.y + tile.height - margin - height, width, height}
}

function beside(area, n) {
  let width = Math.floor(Math.min(218, area.width * 0.18))
  const height = Math.min(Math.floor(width / 1.43), Math.floor((area.height - (n - 1) * gap) / n))
  width = Math.min(width, Math.floor(height * maxAspect))
  if (width < 1 || height < 1 || area.width - width - gap < 1) return undefined
  const column = Array.from({length: n}, (_, i) => ({
    x: area.x + area.width - width, y: area.y + i * (height + gap), width, height,
  }))
  const first = {x: area.x, y: area.y, width: area.width - width - gap, height: area.height}
  return {remote: [first, ...column.slice(0, n - 1)], local: column[n - 1], inset: false}
}

function above(area, n) {
  const height = Math.floor(Math.min(area.height / 2, area.width * 0.75))
  const rest = grid({...area, y: area.y + height + gap, height: area.height - height - gap}, n)
  return {remote: [{...area, height}, ...rest.slice(0, n - 1)], local: rest[n - 1], inset: false}
}

const extent = (length, n) => n * length + (n - 1) * gap
