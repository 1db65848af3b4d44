// The server of GetStream's course "WebRTC for the Brave", on the real socket.io: it tells a newcomer who
// is in the room, and passes everything else on to everybody. Unlike the course's it lets pages in.
import {createServer} from 'node:http'
import {Server} from 'socket.io'

export async function startCourse(port) {
  const http = createServer()
  const io = new Server(http, {cors: {origin: '*'}})
  const rooms = {} // users by room

  io.on('connection', socket => {
    let entered
    socket.on('join', ({room, name}) => {
      entered = room
      const others = rooms[room] ?? []
      rooms[room] = [...others, {id: socket.id, name}]
      socket.emit('room_users', others)
    })
    socket.on('offer', sdp => socket.broadcast.emit('getOffer', sdp))
    socket.on('answer', sdp => socket.broadcast.emit('getAnswer', sdp))
    socket.on('candidate', candidate => socket.broadcast.emit('getCandidate', candidate))
    socket.on('disconnect', () => {
      if (entered === undefined) return
      rooms[entered] = rooms[entered].filter(user => user.id !== socket.id)
      // As the lesson has it: the room's users in place of its name, so nobody who stays in it hears this.
      socket.broadcast.to(rooms[entered]).emit('user_exit', {id: socket.id})
    })
  })
  await new Promise((done, fail) => http.once('error', fail).listen(port, '127.0.0.1', done))
  return {
    port: http.address().port,
    stop: async () => {
      http.closeAllConnections()
      await io.close()
    },
  }
}
